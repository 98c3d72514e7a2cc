#!/bin/bash
# shellcheck disable=SC2034,SC2153,SC2154  # the environment, and what agent.sh and common.sh set and use
# The agent's part for Redis Cluster. The cluster's own majority decides who leads a shard; this makes members find each other, keep to their
# shards, and stand for election only where nothing that was acknowledged is lost by it. Sourced by agent.sh.
# shellcheck source=cluster.sh
. /opt/ballast/cluster.sh

# The server has missed the cluster's timeout, as seen from here: what is left to find out is whether a majority votes for a successor.
timed_out() {
  [[ ,${primary_flags:-}, == *,fail,* || ,${primary_flags:-}, == *',fail?,'* ]]
}

# This member may be promoted: a server that is gone need not be waited for, nor for its restart.
succeed_cluster() {
  if timed_out || refuses "$lost_host"; then take_over; fi
}

# The replica with the most, or the first of equals, asks the other primaries for their votes without waiting for them to miss its own.
take_over() {
  local rival
  rival=$(awk -v mine="$offset" -v me="$me" '$2 == "slave" && ($4 > mine || ($4 == mine && $1 < me)) { print $1; exit }' <<<"$peers")
  [ -z "$rival" ] && [ "$now" -ge "${next_failover:-0}" ] || return 0
  log "member $lost is gone: asking the other primaries for their votes"
  own CLUSTER FAILOVER FORCE >/dev/null || true
  next_failover=$((now + 2))
}

# What this member's server knows of the cluster: as nodes_of() prints it into `nodes`, what is to be done into `plan`, and what is known of this
# member and of all slots into `assigned`, `config_epoch`, `primary_ordinal`, `primary_flags`, `primary_id` and `primary_address`. Nothing is worked out anew while nothing has changed.
look() {
  local seen='' status=0
  local -a fields
  sequence=$((sequence + 1))
  session_ask own 'CLUSTER NODES'
  while :; do
    session_line own 2 || {
      status=$?
      break
    }
    read -r -a fields <<<"$line"
    # When it was last heard of is no change.
    [ "${#fields[@]}" -lt 8 ] || fields[4]=0 fields[5]=0
    seen+="${fields[*]}"$'\n'
  done
  [ "$status" = 1 ] && [ -n "$seen" ] || return 1
  [ "$seen $SHARDS $MEMBERS" != "${last_seen:-}" ] || return 0
  last_seen="$seen $SHARDS $MEMBERS"
  nodes=$(nodes_of <<<"$seen")
  read -r assigned config_epoch primary_ordinal primary_flags primary_id primary_address <<<"$(awk '
    { slots += $8; ordinal[$3] = $2; flags[$3] = $4; ip[$3] = $9 } $4 ~ /myself/ { epoch = $6; primary = $5 }
    END { print slots + 0, epoch, primary in ip ? ordinal[primary] " " flags[primary] " " primary " " ip[primary] : "" }' <<<"$nodes")"
  plan=$(cluster_plan "$SHARD" "$me" "$SHARDS" "$MEMBERS" <<<"$nodes")
}

meet() {
  local address
  address=$(getent hosts "$(shard_host "$1" "$2")") || return 0
  own CLUSTER MEET "${address%% *}" 6379 >/dev/null || true
}

# Gives out the slots of a new cluster; what was begun before is gone on with.
form() {
  local content shard first last others=''
  facts || return 0
  while read -r -a node; do
    content=unreachable
    if [ "${node[0]}" != - ]; then
      content=$(ask_server "$(shard_host "${node[0]}" "${node[1]}")" 6379 INFO keyspace) || content=unreachable
      case $content in
        unreachable) ;;
        *db[0-9]*:*) content=data ;;
        *) content=empty ;;
      esac
    fi
    others+="${node[*]} $content"$'\n'
  done <<<"$nodes"
  content=$(may_form "$SHARDS" "$MEMBERS" <<<"$others")
  [ "$content" = yes ] || {
    say "waiting: ${content#no }"
    return 0
  }
  ask_to_found empty || return 0
  log "forming a cluster of $SHARDS shards: no slot is assigned, and every member is here and empty"
  # The own range last: as long as it is missing this is gone on with.
  for ((shard = SHARDS - 1; shard >= 0; shard--)); do
    read -r first last <<<"$(slots_of "$shard" "$SHARDS")"
    ask_server "$(shard_host "$shard" 0)" 6379 CLUSTER ADDSLOTSRANGE "$first" "$last" >/dev/null || true
  done
}

# The Kubernetes node of each member that was asked for it, by its name and address: with another pod both change.
declare -A nodes_known=()

# node_of SHARD ORDINAL ADDRESS: the Kubernetes node, as the member announces it, into `place`; empty where it does not answer.
node_of() {
  place=${nodes_known[$*]:-}
  [ -z "$place" ] || return 0
  place=$(ask_server "$(shard_host "$1" "$2")" 6379 CONFIG GET cluster-announce-human-nodename | tail -n 1)
  [ -z "$place" ] || nodes_known[$*]=$place
}

# Now and then, while all is well: hands the primary role over if another node should have it.
spread() {
  local kind shard ordinal address line place places='' successor
  local -A mine=()
  [[ $'\n'$nodes != *[,\ ]fail* ]] || return 0
  # While slots move, whoever moves them talks to this primary.
  [ "$(awk '{ open += $10 } END { print open + 0 }' <<<"$nodes")" = 0 ] || return 0
  while read -r kind shard ordinal address; do
    node_of "$shard" "$ordinal" "$address"
    [ -n "$place" ] || return 0
    places+="$kind $shard $place"$'\n'
    [ "$kind.$shard" != "copy.$SHARD" ] || mine[$ordinal]=$place
  done <<<"$(awk '$4 ~ /master/ && $8 > 0 { print "primary", $1, $2, $9 } $4 ~ /slave/ && $7 == "connected" { print "copy", $1, $2, $9 }' <<<"$nodes")"
  facts || return 0
  ask_peers
  while read -r ordinal line; do
    [[ $line != "slave "*" 100" ]] || [ -z "${mine[$ordinal]:-}" ] || places+="replica $ordinal ${mine[$ordinal]}"$'\n'
  done <<<"$peers"
  successor=$(spread_plan "$SHARD" <<<"$places")
  [ -n "$successor" ] || return 0
  log "member $successor should lead: so fewer primaries share a node"
  member "$successor" CLUSTER FAILOVER >/dev/null || true
}

# Looks at the cluster, claims a role and does what it takes.
follow_cluster() {
  local claim=none action first second turn
  read -r SHARDS MEMBERS </opt/ballast/shape
  [ -n "${introduced:-}" ] || introduce
  facts || true
  look || return 0
  [ "$role" != master ] || generation="0.$config_epoch"
  if [ -n "$alone_since" ]; then
    [ $((now - alone_since)) -ge 15 ] || link=lost
    consider_consent
  fi
  case $role.$link in
    master.*) [ "$assigned" -ne "$SLOTS" ] || claim=primary ;;
    slave.up) claim=replica ;;
    slave.lost) claim=$was ;;
  esac
  while read -r action first second; do
    case $action in
      forget)
        log "forgetting node $first: it is gone for good"
        own CLUSTER FORGET "$first" >/dev/null || true
        ;;
      # Now and then, because a pod that is away is met in vain.
      meet) [ $((now % 3)) != 0 ] || meet "$first" "$second" ;;
      replicate)
        log "becoming a replica of node $first, the primary of shard $SHARD"
        own CLUSTER REPLICATE "$first" >/dev/null || true
        claim=none
        ;;
      found) form ;;
    esac
  done <<<"$plan"
  # A server hears of its primary's new address, and may go on with the old one all the same (seen when a shard's Services had been made anew).
  if [ "$role.$link" = slave.down ] && [ -z "$alone_since" ] && [ "${primary_address:--}" != - ] && [ "$source" != "$primary_address" ]; then
    log "following the primary of shard $SHARD to its new address $primary_address (was $source)"
    own CLUSTER REPLICATE "$primary_id" >/dev/null || true
  fi
  if [ "$claim" = none ] && [ "$role" = master ] && [ -z "${said:-}" ]; then say "waiting for the cluster to be formed"; fi
  become "$claim"
  # Each shard has its turn at another moment, and neighbours 7 s apart, so that two that share a node don't both leave it. A member that is too
  # busy to look every second takes its turn late.
  turn=$(((now - SHARD * 7 % 20) / 20))
  if [ "$role.$leaving.$assigned" = "master.no.$SLOTS" ] && [ "$turn" != "${last_turn:-$turn}" ]; then spread; fi
  last_turn=$turn
}

# Others may have forgotten this member while it was away, or know it under another address: they are told once, at its start.
introduce() {
  local shard ordinal
  # Two primaries of a new cluster must not have the same epoch; refused, and rightly, by one that knows any other node.
  [ "$me" != 0 ] || own CLUSTER SET-CONFIG-EPOCH "$((SHARD + 1))" >/dev/null || true
  for ((shard = 0; shard < SHARDS; shard++)); do
    for ((ordinal = 0; ordinal < MEMBERS; ordinal++)); do
      [ "$shard.$ordinal" = "$SHARD.$me" ] || meet "$shard" "$ordinal"
    done
  done
  introduced=yes
}

promoted_cluster() {
  log "promoted at offset $offset"
  consented=yes
}
