#!/bin/bash
# helm test: what is written through the primary's Service must be readable on every member, and through the replicas' Service; and a Sentinel
# names the primary.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

token=$(cat /proc/sys/kernel/random/uuid)
[ "$(cli 5 '' -h "$PRIMARY_HOST" -p 6379 SET ballast:helm-test "$token" EX 600)" = OK ]
log "wrote through $PRIMARY_HOST"
for host in $MEMBER_HOSTS "$REPLICAS_HOST"; do
  deadline=$((SECONDS + 30))
  until [ "$(cli 5 '' -h "$host" -p 6379 GET ballast:helm-test 2>&1)" = "$token" ]; do
    [ "$SECONDS" -lt "$deadline" ] || { log "error: $host did not show the value within 30 s"; exit 1; }
    sleep 0.5
  done
  log "read from $host"
done
for host in $SENTINEL_HOSTS; do
  primary=$(cli 5 '' -h "$host" -p 26379 SENTINEL GET-MASTER-ADDR-BY-NAME "$MASTER_NAME" | head -n 1)
  [ "$(cli 5 '' -h "$primary" -p 6379 ROLE | head -n 1)" = master ] || { log "error: $host names $primary, which is no primary"; exit 1; }
  log "$host names $primary"
done
