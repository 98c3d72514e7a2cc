#!/bin/bash
# The mongodb container's main process: writes what the server reads, decides how this member starts, runs the server and the agent.
set -eu
# shellcheck source=lib.sh
. "${SCRIPTS:-/opt/ballast}/lib.sh"

# shellcheck disable=SC2317  # called by the trap
terminate() {
  : >"$RUN/stopping"
  [ -z "${server_pid:-}" ] || kill -TERM "$server_pid" 2>/dev/null || true
  [ -n "${server_pid:-}" ] || exit 0
}

# The key of members among themselves has only characters of base64, and any text becomes such by its hash. The server wants its certificate and key in one file.
write_secrets() (
  umask 077
  secret replica-set-key | sha512sum | cut -d' ' -f1 >"$RUN/keyfile"
  [ "$TLS" != true ] || cat /etc/ballast/tls/tls.crt /etc/ballast/tls/tls.key >"$RUN/server.pem"
)

# shellcheck disable=SC2154  # `formed` is set by facts
settle_beginning() {
  local verdict
  while :; do
    if [ "$ARCHITECTURE" = standalone ]; then
      formed=false answer=''
    else
      facts || formed=unknown
      # shellcheck disable=SC2046  # ordinals
      ask 5 survey $(others "$MOST") || {
        say "waiting: the other members could not be asked: $answer"
        pause 2
        continue
      }
    fi
    verdict=$(begin "$formed" "$(content)" <<<"$answer")
    case $verdict in
      go) break ;;
      yield*)
        say "my volume is empty: having member ${verdict#yield } see to it that I have no vote until I have everything"
        if ask 15 yield "${verdict#yield }" "$me"; then break; fi
        log "not yet: $answer"
        ;;
      wait*) say "waiting: ${verdict#wait }" ;;
      *) say "not starting: ${verdict#refuse }" ;;
    esac
    publish none 0
    pause 1
  done
  session_close "$session"
}

# From here on the server may be in a set without the agent's having seen it.
mark_volume() {
  mkdir -p "$DATA/db"
  if [ "$(content)" = empty ]; then
    rm -f "$DATA/joined"
    : >"$DATA/fresh"
  fi
}

main() {
  trap terminate TERM INT
  me=$(ordinal_of "$POD")
  open_pipes
  rm -f "$RUN/role" "$RUN/stopping"
  write_secrets
  settle_beginning
  mark_volume
  log "starting with a volume that is: $(content)"
  # Its allocator wants the kernel's restartable sequences for itself.
  GLIBC_TUNABLES=glibc.pthread.rseq=0 mongod --config /opt/ballast/mongod.conf &
  server_pid=$!
  run_agent &
  await_end "$server_pid"
  log "the server ended with status $status"
  exit "$status"
}

[ -n "${BALLAST_TEST:-}" ] || main
