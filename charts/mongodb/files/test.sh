#!/bin/bash
# helm test: what is written through the primary's Service must be readable on every member that is not delayed, and through the replicas' Service.
set -eu
# shellcheck source=lib.sh
. "${SCRIPTS:-/opt/ballast}/lib.sh"

main() {
  local token host deadline
  open_pipes
  token=$(cat /proc/sys/kernel/random/uuid)
  await_port "$PRIMARY_HOST" 27017
  ask 10 write "$PRIMARY_HOST" "$token" || {
    log "error: could not write through $PRIMARY_HOST: $answer"
    exit 1
  }
  log "wrote through $PRIMARY_HOST"
  for host in $MEMBER_HOSTS "$REPLICAS_HOST"; do
    deadline=$((SECONDS + 30))
    until ask 10 read "$host" "$token"; do
      [ "$SECONDS" -lt "$deadline" ] || {
        log "error: $host did not show the document within 30 s: $answer"
        exit 1
      }
      sleep 0.5
    done
    log "read from $host"
  done
}

[ -n "${BALLAST_TEST:-}" ] || main
