#!/bin/bash
# preStop: StatefulSets roll side by side, one for each group of brokers, and would take a broker out of each at once. So a group waits until those before
# it have been whole for a while; what is left of the grace period is for the broker's own end.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

exec 2>/proc/1/fd/2 # the pod's log

# all_of GROUP: whether every broker of the group answers.
all_of() {
  local ordinal
  for ((ordinal = 0; ordinal < REPLICAS; ordinal++)); do
    AUTH=/nowhere rpc "$(host_of "$1" "$ordinal")" 10911 28 >/dev/null 2>&1 || [ $? = 2 ] || return 1
  done
}

lower_whole() {
  local group
  # shellcheck disable=SC2153  # another variable
  for ((group = 0; group < GROUP; group++)); do all_of "$group" || return 1; done
}

main() {
  local whole_since=$SECONDS deadline=$((SECONDS + GRACE / 2)) said=0
  # The first group goes at once, the next ones see it go.
  [ "$GROUP" != 0 ] || return 0
  while [ "$SECONDS" -lt "$deadline" ]; do
    lower_whole || {
      whole_since=$SECONDS
      [ "$said" = 1 ] || log "not stopping yet: a group before mine is not whole"
      said=1
    }
    [ $((SECONDS - whole_since)) -lt 8 ] || return 0
    sleep 0.5
  done
}

[ -n "${BALLAST_TEST:-}" ] || main
