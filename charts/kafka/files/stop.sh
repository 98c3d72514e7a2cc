#!/bin/bash
# preStop: a rolling upgrade goes on as soon as a server takes clients, and its copies may still lack records then. So each waits with its own stop until no
# partition would be left without enough copies for writes. The server itself hands its partitions over when it is stopped.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

stands_in_the_way() {
  local partitions
  partitions=$(PATIENCE=20 admin kafka-topics --describe --at-min-isr-partitions) || return 1
  verdict=$(placements <<<"$partitions" | may_stop "$me")
  [ "$verdict" != yes ]
}

main() {
  local me verdict='' deadline=$((SECONDS + GRACE / 2))
  me=$(ordinal_of "$POD")
  log_in
  while stands_in_the_way && [ "$SECONDS" -lt "$deadline" ]; do
    log "not stopping yet: ${verdict#no }" 2>/proc/1/fd/2
    sleep 1
  done
}

[ -n "${BALLAST_TEST:-}" ] || main
