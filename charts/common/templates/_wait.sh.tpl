#!/bin/sh
# {{- define "common.wait.sh" }}
# shellcheck shell=sh
# An init container of apps, in the curl image: waits until each system takes connections. Services lead to ready pods only, so that is when it serves.
# Inputs: WAITS ("SYSTEM HOST:PORT" lines), SECONDS_AT_MOST, NAMESPACE.
set -eu

log() {
  printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*" >&2
}

# takes HOST:PORT: whether it takes connections; says why not into `reason`. Nothing is sent, so an open connection ends by its time-out.
takes() {
  reason=$(curl --silent --max-time 2 --output /dev/null --write-out '%{time_connect} %{errormsg}' "telnet://$1" </dev/null) || true
  connected=${reason%% *} reason=${reason#* }
  case $connected in
    *[1-9]*) return 0 ;;
    *) return 1 ;;
  esac
}

# wait_for SYSTEM HOST:PORT DEADLINE
wait_for() {
  said_at=0
  until takes "$2"; do
    now=$(date +%s)
    if [ "$now" -ge "$3" ]; then
      log "error: gave up after $SECONDS_AT_MOST s: $1 takes no connection at $2 ($reason): see kubectl get pods -n $NAMESPACE"
      exit 1
    fi
    if [ $((now - said_at)) -ge 10 ]; then
      log "waiting for $1 at $2, at most $(($3 - now)) s more: $reason"
      said_at=$now
    fi
    sleep 1
  done
  log "$1 is there"
}

main() {
  deadline=$(($(date +%s) + SECONDS_AT_MOST))
  printf '%s\n' "$WAITS" | while read -r system address; do
    wait_for "$system" "$address" "$deadline"
  done
}

[ -n "${BALLAST_TEST:-}" ] || main
# {{- end }}
