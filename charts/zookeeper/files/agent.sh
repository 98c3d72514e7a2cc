#!/bin/bash
# Runs beside the server: says which role it has. Who leads is decided by the servers themselves, so nothing else is to be done.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

# An ensemble's server without data has no vote, and can't found anything by itself (run.sh).
# shellcheck disable=SC2154  # what facts sets
mind_the_vote() {
  facts || formed=unknown
  case $(empty_handed "$(content)" "$mode" $((now - served_at)) "$formed" "$VOTES") in
    wait) say "waiting: $no_vote" ;;
    restart)
      log "restarting to take part in an election: data.formed is false, and my volume is empty"
      served_at=$now
      kill -TERM "$SERVER_PID"
      ;;
    *) say "$mode" ;;
  esac
}

tick() {
  local epoch=0 role
  mode=none
  if ask 127.0.0.1 srvr 2; then read -r mode epoch <<<"$(status_of <<<"$answer")"; fi
  role=$(role_of "$mode")
  publish "$role" "$epoch.0"
  [ "$role" = none ] || served_at=$now
  if [ "$ARCHITECTURE" = ensemble ]; then mind_the_vote; else say "$mode"; fi
}

main() {
  open_pipes
  epoch
  served_at=$now
  every 0.5 tick
}

[ -n "${BALLAST_TEST:-}" ] || main
