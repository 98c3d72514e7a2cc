#!/bin/bash
# shellcheck shell=bash
# What is decided, and nothing else: no command to a server, no file. Unit-tested by tables in test/systems/mysql.

# count_gtids SET: how many transactions a GTID set holds ("uuid:1-5:7,uuid2:1" has 7). Tags are skipped over.
count_gtids() {
  local total=0 part interval
  local -a parts intervals
  IFS=$', \n' read -r -d '' -a parts < <(printf '%s\0' "$1") || true
  for part in "${parts[@]}"; do
    IFS=: read -r -a intervals <<<"$part"
    for interval in "${intervals[@]:1}"; do
      if [[ $interval =~ ^([0-9]+)-([0-9]+)$ ]]; then
        total=$((total + BASH_REMATCH[2] - BASH_REMATCH[1] + 1))
      elif [[ $interval =~ ^[0-9]+$ ]]; then
        total=$((total + 1))
      fi
    done
  done
  echo "$total"
}

# role_of STATE ROLE REACHABLE TOTAL SUPER_READ_ONLY: the role that a member may claim. A member without a majority has none; a
# primary is one only once it accepts writes.
role_of() {
  if [ "$1" != ONLINE ] || [ $(($3 * 2)) -le "$4" ]; then
    echo none
  elif [ "$2" = PRIMARY ]; then
    [ "$5" = 0 ] && echo primary || echo none
  else
    echo replica
  fi
}

# decide ME REPLICAS FORMED CONTENT RECLONE CLONE_ABOVE: what a member outside a group does next.
#   ME          my ordinal                    REPLICAS   members the StatefulSet wants
#   FORMED      true when these volumes were a group once
#   CONTENT     empty | data                  RECLONE    yes when the operator asked for my data to be replaced
#   CLONE_ABOVE transactions I may be behind before a copy is quicker than a replay
# Standard input: one line a peer, "ORDINAL STATE ROLE MAJORITY PEER_IN_ME ME_IN_PEER CONTENT MISSING PURGED_IN_ME":
#   STATE     unreachable, or the server's own member state (OFFLINE when in no group)
#   MAJORITY, *_IN_*   1 or 0             MISSING   transactions that the peer has and I have not
# Prints "join PEER", "clone PEER", "bootstrap", "wait REASON" or "refuse REASON"; "refuse" is for the operator to end.
decide() {
  local me=$1 replicas=$2 formed=$3 content=$4 reclone=$5 clone_above=$6
  local ordinal state role majority peer_in_me me_in_peer peer_content missing purged_in_me
  local primary='' primary_line='' secondary='' unreachable='' blocked='' holding=0 answered=0 ahead='' tie='' diverged=''
  [ "$content" = data ] && holding=1

  while read -r ordinal state role majority peer_in_me me_in_peer peer_content missing purged_in_me; do
    [ -n "$ordinal" ] || continue
    if [ "$state" = unreachable ]; then
      unreachable="$unreachable $ordinal"
      continue
    fi
    answered=$((answered + 1))
    [ "$peer_content" = data ] && holding=$((holding + 1))
    if [ "$state" = ONLINE ] && [ "$majority" = 1 ]; then
      if [ "$role" = PRIMARY ]; then
        primary=$ordinal
        primary_line="$me_in_peer $missing $purged_in_me"
      else
        secondary=$ordinal
      fi
    elif [ "$state" = ONLINE ] || [ "$state" = RECOVERING ] || [ "$state" = UNREACHABLE ]; then
      blocked="$blocked $ordinal"
    fi
    if [ "$peer_in_me" = 0 ] && [ "$me_in_peer" = 0 ]; then
      diverged="$diverged $ordinal"
    elif [ "$peer_in_me" = 0 ]; then
      ahead="$ahead $ordinal"
    elif [ "$me_in_peer" = 1 ] && [ "$ordinal" -lt "$me" ]; then
      tie="$tie $ordinal"
    fi
  done

  if [ -n "$primary" ]; then
    read -r me_in_peer missing purged_in_me <<<"$primary_line"
    if [ "$me_in_peer" = 0 ] && [ "$reclone" != yes ]; then
      echo "refuse my volume has transactions that the group has not: look at them, then annotate this pod with ballast.dev/reclone=true to replace my data by a copy"
    elif [ "$me_in_peer" = 0 ] || [ "$purged_in_me" = 0 ] || [ "$missing" -gt "$clone_above" ]; then
      echo "clone ${secondary:-$primary}"
    else
      echo "join $primary"
    fi
  elif [ -n "$secondary" ]; then
    echo "wait member $secondary is in a group whose primary does not answer"
  elif [ -n "$unreachable" ]; then
    echo "wait no group found, and it can't be ruled out while these members do not answer:$unreachable"
  elif [ "$answered" -ne $((replicas - 1)) ]; then
    echo "wait $answered of $((replicas - 1)) peers answered"
  elif [ -n "$blocked" ]; then
    echo "wait these members are in a group without a majority, and about to leave it:$blocked"
  elif [ -n "$diverged" ]; then
    echo "refuse my transactions and those of these members contradict each other, no group exists to say who is right:$diverged"
  elif [ "$formed" = true ] && [ $((holding * 2)) -le "$replicas" ]; then
    echo "refuse only $holding of $replicas volumes hold data: acknowledged writes may be lost; restore the others, or set data.formed to \"false\" in the ConfigMap to go on with what is left"
  elif [ -n "$ahead" ]; then
    echo "wait these members have more transactions and lead:$ahead"
  elif [ -n "$tie" ]; then
    echo "wait these members have the same transactions and a lower ordinal, and lead:$tie"
  else
    echo bootstrap
  fi
}

# may_lead ME REPLICAS TERM LEADER IN_SYNC UUID RUN CONTENT FORMED: may this member of a `replication`, whose primary is gone, become the next one?
#   ME    my ordinal                       REPLICAS  members the StatefulSet wants         TERM  0 where nobody has ever led
#   LEADER  "ORDINAL=UUID": the volume that has every acknowledged transaction; -          UUID  of my volume
#   IN_SYNC "ORDINAL=RUN,…": whose acknowledgements counted; "?" before it where none of them had everything yet; -      RUN  of my server
#   CONTENT  empty | data                  FORMED    true when there was a primary once, whatever the Lease says
# Standard input, a line for each other member that is asked: "ORDINAL unreachable", or "ORDINAL RUN READ_ONLY FOLLOWS PEER_IN_ME ME_IN_PEER …" as in decide().
# Prints "lead", "wait REASON" or "refuse REASON"; "refuse" is for the operator to end.
may_lead() {
  local me=$1 replicas=$2 term=$3 leader=$4 in_sync=$5 uuid=$6 run=$7 content=$8 formed=$9
  local ordinal peer_run peer_in_me me_in_peer peer_content item answered=0 known='' ahead='' tie='' diverged='' silent=''
  while read -r ordinal peer_run _ _ peer_in_me me_in_peer peer_content _; do
    [ -n "$ordinal" ] && [ "$peer_run" != unreachable ] || continue
    answered=$((answered + 1))
    [ "$peer_content" != empty ] || content=empty
    known+=",$ordinal=$peer_run"
    if [ "$peer_in_me" = 0 ] && [ "$me_in_peer" = 0 ]; then
      diverged+=" $ordinal"
    elif [ "$peer_in_me" = 0 ]; then
      ahead+=" $ordinal"
    elif [ "$me_in_peer" = 1 ] && [ "$ordinal" -lt "$me" ]; then
      tie+=" $ordinal"
    fi
  done
  if [ "$leader" = "$me=$uuid" ]; then
    echo lead
    return 0
  elif [ "$term" = 0 ] && [ "$answered" -lt $((replicas - 1)) ]; then
    echo "wait the first primary is chosen once all members answer: $answered of the $((replicas - 1)) others do"
    return 0
  elif [ "$term" = 0 ] && [ "$formed" = true ] && [ "$content" = empty ]; then
    echo "refuse the Lease that says who led is gone, and so is what a volume held: restore it, or name in the Lease's annotation ballast.dev/leader whose data counts"
    return 0
  elif [ "$term" != 0 ] && { [ "${in_sync#\?}" != "$in_sync" ] || [[ ,$in_sync, != *,"$me=$run",* ]]; }; then
    if [ "${leader%%=*}" = "$me" ]; then
      echo "refuse my volume is not the one that led: put that one back, or name in the Lease's annotation ballast.dev/leader whose data counts from now on"
    elif [ "$in_sync" = - ] || [ "${in_sync#\?}" != "$in_sync" ]; then
      echo "wait member ${leader%%=*} alone has every acknowledged write"
    else
      echo "wait members $leader and $in_sync have acknowledged writes that I may lack"
    fi
    return 0
  elif [ "$term" != 0 ]; then
    local -a items
    IFS=, read -r -a items <<<"$in_sync"
    for item in "${items[@]}"; do
      [ "$item" = "$me=$run" ] || [[ ,$known, == *,"$item",* ]] || silent+=" ${item%%=*}"
    done
  fi
  if [ -n "$silent" ]; then
    echo "wait these members may have acknowledged writes that I lack, and do not answer, or were started anew:$silent"
  elif [ -n "$diverged" ]; then
    echo "refuse my transactions and those of these members contradict each other, and no primary is there to say who is right:$diverged"
  elif [ -n "$ahead" ]; then
    echo "wait these members have more transactions and lead:$ahead"
  elif [ -n "$tie" ]; then
    echo "wait these members have the same transactions and a lower ordinal, and lead:$tie"
  else
    echo lead
  fi
}
