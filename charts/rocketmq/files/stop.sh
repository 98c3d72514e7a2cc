#!/bin/bash
# preStop: StatefulSets roll side by side, one for each group of brokers, and would take a broker out of each at once. So a group waits until those before
# it have been whole for a while. Where masters are replaced, a broker also waits until all of its group are in sync: it may be the only one that has
# everything. What is left of the grace period is for the broker's own end.
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

in_sync() {
  local master copies
  master=$(ask_name_server 106 2>/dev/null | brokers_of | awk -v group="$GROUP" '$1 == group && $2 == 0 { print $3 }')
  [ -n "$master" ] || return 1
  copies=$(rpc "$master" 10911 907 2>/dev/null | number_of inSyncSlaveNums)
  [ "${copies:-0}" -ge $((REPLICAS - 1)) ]
}

# The first group goes at once, the next ones see it go.
my_turn() {
  [ "$GROUP" != 0 ] || return 0
  lower_whole || {
    whole_since=$SECONDS
    said="a group before mine is not whole"
    return 1
  }
  [ $((SECONDS - whole_since)) -ge 8 ]
}

main() {
  local whole_since=$SECONDS deadline=$((SECONDS + GRACE / 2)) said='' told=''
  while [ "$SECONDS" -lt "$deadline" ]; do
    if my_turn; then
      if [ "$ARCHITECTURE" != controller ] || in_sync; then return 0; fi
      said="a broker of my group is not in sync"
    fi
    if [ -n "$said" ] && [ "$said" != "$told" ]; then
      log "not stopping yet: $said"
      told=$said
    fi
    sleep 0.5
  done
  log "stopping all the same, half of the grace period is over"
}

[ -n "${BALLAST_TEST:-}" ] || main
