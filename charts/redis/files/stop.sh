#!/bin/bash
# preStop: a primary hands over before it goes, with writes paused, so that its successor has every one of them, also those that no client
# waited for.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

exec 2>/proc/1/fd/2 # the pod's log
me=$(ordinal_of "$POD")

: >"$RUN/leaving"
[ "$ARCHITECTURE" = cluster ] || read -r SENTINELS _ </opt/ballast/sentinels
read -r replicas _ <"$RUN/facts"
# Never a Sentinel's choice from now on.
own CONFIG SET replica-priority 0 >/dev/null || true

# offset_of ORDINAL: asked of the replica itself: what it reports here comes once a second.
offset_of() {
  local offset
  offset=$(member "$1" INFO replication | field slave_repl_offset)
  echo "$1 ${offset:-0}"
}

# each COMMAND ORDINALS…: COMMAND ORDINAL for all of them at once.
each() {
  local command=$1 ordinal
  shift
  for ordinal in "$@"; do "$command" "$ordinal" & done
  wait
}

allow() {
  member "$1" ACL SETUSER ballast-sentinel +replicaof +slaveof >/dev/null || true
}

forbid() {
  member "$1" ACL SETUSER ballast-sentinel -replicaof -slaveof >/dev/null || true
}

# The others and this member follow it at once, without waiting for the Sentinels to tell them.
follow() {
  local ordinal host
  host=$(member_host "$1")
  for ((ordinal = 0; ordinal < replicas; ordinal++)); do
    [ "$ordinal" = "$me" ] || [ "$ordinal" = "$1" ] ||
      printf 'REPLICAOF %s 6379\nACL SETUSER ballast-sentinel -replicaof -slaveof\n' "$host" | member "$ordinal" - >/dev/null &
  done
  printf 'REPLICAOF %s 6379\nCLIENT KILL TYPE normal SKIPME yes\nCLIENT UNPAUSE\n' "$host" | own - >/dev/null
  wait
}

# Prints the ordinals of the Sentinels that know a replica to promote, once there is one.
ready_sentinels() {
  local ordinal able='' deadline=$((SECONDS + 12))
  while [ -z "$able" ] && [ "$SECONDS" -lt "$deadline" ]; do
    for ((ordinal = 0; ordinal < SENTINELS; ordinal++)); do
      sentinel "$ordinal" SENTINEL REPLICAS "$MASTER_NAME" | sees_successor && able+=" $ordinal"
    done
    [ -n "$able" ] || sleep 0.5
  done
  echo "$able"
}

hand_over() {
  local deadline ordinal offset able=() connected tries=0 sentinels answer
  local -a others=()
  # Before writes are paused, because it may take a while.
  sentinels=$(ready_sentinels)
  if [ -z "$sentinels" ]; then
    log "no Sentinel knows a replica that it would promote: one will take over when this member is gone"
    return 0
  fi
  for ((ordinal = 0; ordinal < replicas; ordinal++)); do
    [ "$ordinal" = "$me" ] || others+=("$ordinal")
  done
  connected=$(own INFO replication | field connected_slaves)
  each allow "${others[@]}"
  deadline=$((SECONDS + 6))
  own CLIENT PAUSE 8000 WRITE >/dev/null
  offset=$(own INFO replication | field master_repl_offset)
  # A Sentinel may choose any of them, so all of them should be ready, but not at any price.
  until [ "${#able[@]}" -ge "$connected" ] || { [ "${#able[@]}" -gt 0 ] && [ "$tries" -ge 10 ]; } || [ "$SECONDS" -ge "$deadline" ]; do
    mapfile -t able < <(each offset_of "${others[@]}" | awk -v least="$offset" '$2 >= least { print $1 }')
    tries=$((tries + 1))
  done
  for ordinal in "${others[@]}"; do
    [[ " ${able[*]} " == *" $ordinal "* ]] || forbid "$ordinal"
  done
  for ordinal in $sentinels; do
    answer=$(sentinel "$ordinal" SENTINEL FAILOVER "$MASTER_NAME") || true
    [ "$answer" != OK ] || break
    log "Sentinel $ordinal can't: $answer"
  done
  log "handing the primary role over at offset $offset, to one of these: ${able[*]}"
  while [ "$SECONDS" -lt "$deadline" ]; do
    for ordinal in "${able[@]}"; do
      if [ "$(member "$ordinal" ROLE | head -n 1)" = master ]; then
        follow "$ordinal"
        log "member $ordinal is primary"
        return 0
      fi
    done
  done
  own CLIENT UNPAUSE >/dev/null
  log "no replica took over in time: the Sentinels will promote one when this member is gone"
}

# The replica with the most takes over, after the server itself has held back writes until it has all of them.
hand_over_shard() {
  local deadline=$((SECONDS + 8)) ordinal
  local -a others=()
  for ((ordinal = 0; ordinal < replicas; ordinal++)); do
    [ "$ordinal" = "$me" ] || others+=("$ordinal")
  done
  while [ "$SECONDS" -lt "$deadline" ]; do
    read -r ordinal _ <<<"$(each offset_of "${others[@]}" | sort -k2,2nr | head -n 1)"
    log "handing the primary role over to member $ordinal"
    member "$ordinal" CLUSTER FAILOVER >/dev/null || true
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
      if [ "$(own ROLE | head -n 1)" = slave ]; then
        log "member $ordinal is primary"
        return 0
      fi
      sleep 0.1
    done
  done
  log "no replica took over in time: one will when this member is gone"
}

if [ "$(own ROLE | head -n 1)" = master ] && [ "$(own INFO replication | field connected_slaves)" != 0 ]; then
  # The pod's end changes Services by itself, and kube-proxy applies the first change at once, those that follow together a second later.
  # Until both are done, the hand-over's own would wait; meanwhile this member answers as ever.
  sleep 2.5
  if [ "$ARCHITECTURE" = cluster ]; then hand_over_shard; else hand_over; fi
  # The labels follow; until then this member still answers reads.
  sleep 1
fi
