#!/bin/bash
# The sentinel container's main process. A Sentinel starts knowing nothing: whom to watch is told by the members' agents, who remember (agent.sh,
# arm). Afterwards this only takes over passwords that were changed in the Secret.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

configuration() {
  cat /opt/ballast/sentinel.conf
  # A new pod has the same identity, or the others would count it twice.
  echo "sentinel myid $(sha256_of "$POD" | cut -c1-40)"
  echo "sentinel announce-ip $(sentinel_host "$(ordinal_of "$POD")")"
  echo "sentinel sentinel-user ballast"
  printf 'sentinel sentinel-pass "%s"\n' "$(secret system-password)"
  printf 'user default on #%s ~* &* +@all\n' "$(sha256_of "$(secret password)")"
  printf 'user ballast on #%s ~* &* +@all\n' "$(sha256_of "$(secret system-password)")"
}

remember_passwords() {
  password=$(secret password)
  system=$(secret system-password)
  : >"$RUN/passwords"
}

# The ones before stay valid until the next change. Let in by the one that this process knows.
rotate_passwords() {
  [ "$AUTH/password" -nt "$RUN/passwords" ] || return 0
  local -a tls=()
  [ "$TLS" = true ] && tls=(--tls --cacert /etc/ballast/tls/ca.crt)
  REDISCLI_AUTH=$system timeout 5 redis-cli --user ballast --no-auth-warning "${tls[@]}" -h 127.0.0.1 -p 26379 >/dev/null <<END || return 0
ACL SETUSER default resetpass #$(sha256_of "$password") #$(sha256_of "$(secret password)")
ACL SETUSER ballast resetpass #$(sha256_of "$system") #$(sha256_of "$(secret system-password)")
SENTINEL CONFIG SET sentinel-pass "$(secret system-password)"
SENTINEL SET $MASTER_NAME auth-pass "$(secret sentinel-password)"
END
  log "took over the passwords of the Secret"
  remember_passwords
}

# shellcheck disable=SC2317  # called by the trap
terminate() {
  kill -TERM "$sentinel_pid" 2>/dev/null || true
}

main() {
  # A restarted container goes on with what it knew.
  if [ ! -e "$RUN/sentinel.conf" ]; then
    (
      umask 077
      configuration >"$RUN/sentinel.conf"
    )
  fi
  remember_passwords
  redis-sentinel "$RUN/sentinel.conf" &
  sentinel_pid=$!
  trap terminate TERM INT
  while kill -0 "$sentinel_pid" 2>/dev/null; do
    sleep 5 &
    wait -n || true
    rotate_passwords
  done
  wait "$sentinel_pid"
}

main
