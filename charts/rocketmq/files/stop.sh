#!/bin/bash
# preStop: StatefulSets roll side by side, one for each group of brokers, and would take a broker out of each at once. So a group waits until those before
# it have been whole for a while. Where masters are replaced, a broker also waits until all of its group are in sync: it may be the only one that has
# everything; and a master hands over, so that nobody has to notice its silence. What is left of the grace period is for the broker's own end.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

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

# all_have_all: whether every copy has what this master has, now and a moment later.
all_have_all() {
  local tries still=0
  for ((tries = 0; tries < 20 && still < 2; tries++)); do
    if [ "$(rpc 127.0.0.1 10911 907 2>/dev/null | behind | sort -u)" = 0 ]; then still=$((still + 1)); else still=0; fi
    sleep 0.1
  done
  [ "$still" = 2 ]
}

# hand_over: fails where there is nothing to hand over, or nobody who takes it. Controllers elect only who is in sync. While one leads and another begins to,
# a message may be acknowledged that is not the new one's: so this takes none any more before, and all have what it took.
hand_over() {
  local id
  id=$(ask_name_server 106 2>/dev/null | brokers_of | successor "$GROUP" "$me") || return 1
  [ -n "$id" ] || return 1
  # Brokers go by the permission for ordered topics only.
  RPC_BODY=$(printf 'brokerPermission=4\nstartAcceptSendRequestTimeStamp=%s' $((($(date +%s) + GRACE) * 1000))) rpc 127.0.0.1 10911 25 >/dev/null 2>&1 || log "I could not stop taking messages"
  all_have_all || log "my copies may lack what I took last"
  if ask_controller 1002 "clusterName=$BASE" "brokerName=broker-$GROUP" "brokerId=$id" designateElect=true >/dev/null 2>&1; then
    log "handed my group over to broker $id"
    return 0
  fi
  log "no controller let another broker lead: going all the same"
  return 1
}

in_sync() {
  local master copies
  master=$(ask_name_server 106 2>/dev/null | brokers_of | awk -v group="$GROUP" '$1 == group && $2 == 0 { print $3 }')
  [ -n "$master" ] || return 1
  [ "$master" != "${not:-}" ] || return 1
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
  exec 2>/proc/1/fd/2 # the pod's log
  local me whole_since=$SECONDS deadline=$((SECONDS + GRACE / 2)) said='' told='' not=''
  me=$(host_of "$GROUP" "$(ordinal_of "$POD")")
  while [ "$SECONDS" -lt "$deadline" ]; do
    if my_turn; then
      if [ "$ARCHITECTURE" != controller ]; then return 0; fi
      if in_sync; then
        if [ -n "$not" ] || ! hand_over; then return 0; fi
        # The next one leads, and has its copies, before I go.
        not=$me
      fi
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
