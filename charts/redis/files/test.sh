#!/bin/bash
# helm test: what is written through the primary's Service must be readable on every member, and through the replicas' Service; a Sentinel
# names the primary; in a cluster, keys of all shards can be written and read from any member.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

token=$(cat /proc/sys/kernel/random/uuid)

# at HOST ARGUMENTS…
at() {
  cli 5 '' -h "$1" -p "${port:-6379}" "${@:2}" 2>&1
}

# expect WANTED WHAT COMMAND…: within 30 s.
expect() {
  local wanted=$1 what=$2 deadline=$((SECONDS + 30)) seen
  shift 2
  until seen=$("$@") && [ "$seen" = "$wanted" ]; do
    [ "$SECONDS" -lt "$deadline" ] || {
      log "error: $what: expected $wanted within 30 s, saw $seen"
      exit 1
    }
    sleep 0.5
  done
  log "$what"
}

if [ "$ARCHITECTURE" = cluster ]; then
  keys='1 2 3 4 5 6 7 8 9 10 11 12'
  for key in $keys; do
    expect OK "wrote key $key" at "$PRIMARY_HOST" -c SET "ballast:helm-test:$key" "$token" EX 600
  done
  for host in $MEMBER_HOSTS; do
    for key in $keys; do
      [ "$(at "$host" -c GET "ballast:helm-test:$key")" = "$token" ] || {
        log "error: $host did not lead to key $key"
        exit 1
      }
    done
    log "read all keys, starting from $host"
  done
else
  expect OK "wrote through $PRIMARY_HOST" at "$PRIMARY_HOST" SET ballast:helm-test "$token" EX 600
  for host in $MEMBER_HOSTS "$REPLICAS_HOST"; do
    expect "$token" "read from $host" at "$host" GET ballast:helm-test
  done
fi
for host in $SENTINEL_HOSTS; do
  primary=$(port=26379 at "$host" SENTINEL GET-MASTER-ADDR-BY-NAME "$MASTER_NAME" | head -n 1)
  [ "$(at "$primary" ROLE | head -n 1)" = master ] || {
    log "error: $host names $primary, which is no primary"
    exit 1
  }
  log "$host names $primary"
done
