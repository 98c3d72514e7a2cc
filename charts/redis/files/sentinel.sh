#!/bin/bash
# shellcheck disable=SC2154  # what common.sh sets
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
  printf 'sentinel sentinel-pass "%s"\n' "$(in_quotes "$(secret system-password)")"
  printf 'user default on #%s ~* &* +@all\n' "$(sha256_of "$(secret password)")"
  printf 'user ballast on #%s ~* &* +@all\n' "$(sha256_of "$(secret system-password)")"
}

# legible: reads the file that a Sentinel wrote for itself; prints it with the Secret's passwords in quotes. It writes them without, and can't read all of them
# again: what it can't read goes into comments when it next writes the file, or keeps it from starting (Redis 8.0).
legible() {
  awk '/^# \?\?\? / || $1 == "sentinel" && ($2 == "auth-pass" || $2 == "sentinel-pass") { next } { print } $1 == "sentinel" && $2 == "monitor" { watches = 1 } END { exit !watches }' &&
    printf 'sentinel auth-pass %s "%s"\n' "$MASTER_NAME" "$(in_quotes "$(secret sentinel-password)")"
  printf 'sentinel sentinel-pass "%s"\n' "$(in_quotes "$(secret system-password)")"
}

remember_passwords() {
  contents "$AUTH/password" "$AUTH/system-password" "$AUTH/sentinel-password"
  applied=$held
  { IFS= read -r password && IFS= read -r system; } <<<"$held"
}

# The ones before stay valid until the next change. Let in by the one that this process knows.
rotate_passwords() {
  local new_password new_system new_sentinel
  contents "$AUTH/password" "$AUTH/system-password" "$AUTH/sentinel-password"
  [ "$held" != "$applied" ] || return 0
  { IFS= read -r new_password && IFS= read -r new_system && IFS= read -r new_sentinel; } <<<"$held"
  local -a tls=()
  [ "$TLS" = true ] && tls=(--tls --cacert /etc/ballast/tls/ca.crt)
  REDISCLI_AUTH=$system timeout 5 redis-cli --user ballast --no-auth-warning "${tls[@]}" -h 127.0.0.1 -p 26379 >/dev/null <<END || return 0
ACL SETUSER default resetpass #$(sha256_of "$password") #$(sha256_of "$new_password")
ACL SETUSER ballast resetpass #$(sha256_of "$system") #$(sha256_of "$new_system")
SENTINEL CONFIG SET sentinel-pass "$(in_quotes "$new_system")"
SENTINEL SET $MASTER_NAME auth-pass "$(in_quotes "$new_sentinel")"
END
  log "took over the passwords of the Secret"
  applied=$held password=$new_password system=$new_system
}

# shellcheck disable=SC2317  # called by the trap
terminate() {
  kill -TERM "$sentinel_pid" 2>/dev/null || true
}

main() {
  (
    umask 077
    # A restarted container goes on with what it knew.
    if [ -e "$RUN/sentinel.conf" ]; then legible <"$RUN/sentinel.conf" >"$RUN/.sentinel.conf"; else configuration >"$RUN/.sentinel.conf"; fi
  )
  mv "$RUN/.sentinel.conf" "$RUN/sentinel.conf"
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

[ -n "${BALLAST_TEST:-}" ] || main
