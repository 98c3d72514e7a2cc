#!/bin/bash
# shellcheck disable=SC2034,SC2153,SC2154  # the environment, and what agent.sh and common.sh set and use
# The agent's part for a group under Sentinels: follows what they agreed on, tells those that remember nothing, and founds the group where that is proven to be
# safe. Sourced by agent.sh.

# arm ORDINAL: makes every Sentinel that watches nothing watch this member. Its epoch comes from the others' messages. One that was told a part only, because it or its disk was
# slow, can't log in to the members: it is told again, until it has the last of it.
arm() {
  local ordinal state host
  host=$(member_host "$1")
  while read -r ordinal state _; do
    [ "$state" = blank ] || [[ " $unarmed " == *" $ordinal "* ]] || continue
    log "making Sentinel $ordinal watch $host"
    cli 5 "SENTINEL MONITOR $MASTER_NAME $host 6379 $QUORUM
SENTINEL SET $MASTER_NAME auth-user ballast-sentinel
SENTINEL SET $MASTER_NAME auth-pass \"$(in_quotes "$(secret sentinel-password)")\"
SENTINEL SET $MASTER_NAME failover-timeout $FAILOVER_TIMEOUT parallel-syncs $SENTINELS
SENTINEL SET $MASTER_NAME down-after-milliseconds $DOWN_AFTER" -h "$(sentinel_host "$ordinal")" -p 26379 >/dev/null || true
  done <<<"$sentinels"
}

follow() {
  log "following member $1, as the Sentinels agreed (was $role${source:+ of $source})"
  printf 'REPLICAOF %s 6379\nCLIENT KILL TYPE normal SKIPME yes\n' "$(member_host "$1")" | own - >/dev/null || true
}

lead() {
  log "$1"
  printf 'REPLICAOF NO ONE\nCONFIG SET replica-priority 100\n' | own - >/dev/null
  last_role=master
}

# remember GENERATION ORDINAL: the primary's pod, on the volume, for the next start.
remember() {
  [ "${remembered:-}" = "$1 $2" ] && return 0
  echo "$1 $BASE-$2" >"$DATA/.ballast.seen" && mv "$DATA/.ballast.seen" "$DATA/ballast.seen"
  remembered="$1 $2"
}

# fence yes|no: a primary that can't hear a majority of the Sentinels may have a successor, and takes no write until it can.
fence() {
  [ "${fenced:-no}" = "$1" ] && return 0
  if [ "$1" = yes ]; then
    log "no majority of Sentinels answers: taking no writes"
    echo 'CONFIG SET min-replicas-to-write 100' | own - >/dev/null || return 0
  else
    log "a majority of Sentinels answers: taking writes"
    echo "CONFIG SET min-replicas-to-write $MIN_REPLICAS" | own - >/dev/null || return 0
  fi
  fenced=$1
}

# This member's server was restarted while the Sentinels still take it for the primary. A replica in sync takes over sooner than a large
# volume is read; where there is none (all were restarted), nobody can have more than this member.
resume() {
  local ordinal peer_role priority able='' silent=''
  facts || return 0
  ask_peers
  while read -r ordinal peer_role _ _ priority; do
    if [ "$peer_role" = unreachable ]; then
      silent+=" $ordinal"
    elif [ "$priority" != 0 ]; then
      able+=" $ordinal"
    fi
  done <<<"$peers"
  epoch
  if [ -z "$able$silent" ] || [ $((now - started)) -ge 20 ]; then
    lead "resuming as primary: no other member can take over${able:+ (in sync:$able)}${silent:+ (not answering:$silent)}"
  elif [ -n "$able" ]; then
    say "restarted while primary: asking the Sentinels to promote one of these:$able"
    request_failover "$me"
  fi
}

# request_failover ORDINAL: of a Sentinel that takes this member for the primary: asked of any other, it would mean the successor.
request_failover() {
  local ordinal master answer=''
  [ "$now" -ge "${next_failover:-0}" ] && [[ $sentinels != *failover_in_progress* ]] || return 0
  while read -r ordinal master _; do
    [ "$master" = "$1" ] || continue
    answer=$(sentinel "$ordinal" SENTINEL FAILOVER "$MASTER_NAME") || true
    [[ $answer != OK && $answer != INPROG* ]] || break
  done <<<"$sentinels"
  case $answer in
    '' | OK | INPROG*) ;;
    *) log "the Sentinels can't yet: $answer" ;;
  esac
  next_failover=$((now + 3))
}

my_content() {
  if own INFO keyspace | grep -q '^db[0-9]'; then echo data; else echo empty; fi
}

# No Sentinel remembers anything: all of them were restarted, or this is the first start.
found() {
  local last=- verdict content
  if ! facts; then
    say "waiting for the role sidecar to read the StatefulSet and the state's ConfigMap"
    return 0
  fi
  ask_peers
  [ "${last_primary:--}" = - ] || last=$(ordinal_of "$last_primary")
  content=$(my_content)
  verdict=$(may_found "$me" "$replicas" "$formed" "$last" "$content" <<<"$peers")
  case $verdict in
    found)
      ask_to_found "$content" || return 0
      ask_sentinels
      [ "$(leader_of "$SENTINELS" <<<"$sentinels")" = blank ] || return 0
      lead "founding the group: no Sentinel remembers a primary, and member $last was the last one"
      arm "$me"
      ;;
    wait*) say "waiting: ${verdict#wait }" ;;
    *) say "${verdict#refuse }" ;;
  esac
}

# Looks at the Sentinels, claims a role and does what it takes.
follow_sentinel() {
  local verdict leader number claim action member calm=yes following=- promoted=no
  ask_sentinels
  read -r verdict leader number <<<"$(leader_of "$SENTINELS" <<<"$sentinels")"
  [[ $sentinels == *_down* || $sentinels == *failover* ]] && calm=no
  if [ -n "$alone_since" ] && [ $((now - alone_since)) -lt 15 ]; then link=lost; fi
  if [ -n "$alone_since" ] && [ "$source" = 127.0.0.1 ]; then
    consider_consent
    # Clients are better refused than kept waiting by a primary that a majority of Sentinels can't reach; but where a successor comes at once, two
    # changes of the Service in a row would only delay the second.
    if [ $((now - alone_since)) -ge 5 ] && [ "$(grep -c s_down <<<"$sentinels")" -ge "$QUORUM" ]; then tell_unreachable "$BASE-$lost"; fi
    # A primary that was only restarted waits for one of us to take over.
    if [ "$calm" = yes ]; then [[ $(ask_peer "${leader:-$me}") == *" master "* ]] || calm=no; fi
  fi
  [ "$source" != "$(member_host "$(ordinal_of_host "$source")")" ] || following=$(ordinal_of_host "$source")
  # Told by a new primary to follow it: the Sentinels' word on it comes a second or two later.
  if [ "$source" != "${told_source:-}" ]; then told_source=$source told_at=$now; fi
  if [ "$verdict" = leads ] && [ "$following" != - ] && [ "$leader" != "$me" ] && [ $((now - told_at)) -lt 3 ]; then following=$leader; fi
  [ -n "$promoted_at" ] && [ $((now - promoted_at)) -lt 10 ] && promoted=yes
  if [ "$verdict" = leads ]; then
    heard_at=$now
    fence no
    facts || true
    [ "$leader" = "$me" ] && promoted_at='' promoted=no
    # Between a promotion and the Sentinels' word on it, the one that it was given stands.
    if [ "$promoted" = no ]; then
      generation="$term.$((number * 2))"
      remember "$generation" "$leader"
    fi
  fi
  read -r claim action member <<<"$(plan "$me" "$role" "$following" "$link" "$promoted" "$leaving" "$verdict" "${leader:--}" "$calm")"
  [ "$claim" = keep ] && claim=$was
  case $action in
    arm) [[ $sentinels != *blank* && -z $unarmed ]] || arm "$member" ;;
    follow) follow "$member" ;;
    resume) resume ;;
    found) found ;;
    fence)
      if [ $((now - heard_at)) -ge 3 ]; then
        fence yes
        claim=none
      fi
      ;;
  esac
  become "$claim"
}

promoted_sentinel() {
  promoted_at=$now consented=yes
  generation="${generation%.*}.$((${generation#*.} / 2 * 2 + 1))"
  log "promoted by a Sentinel at offset $offset"
  become primary
  gather
}

# This member may be promoted: a server that is gone need not be waited for, nor for its restart.
succeed_sentinel() {
  [ "$(may_ask_now "$offset" $((now - alone_since)) <<<"$peers")" = yes ] || return 0
  if refuses "$lost_host"; then
    log "member $lost refuses connections: asking the Sentinels to promote one of us"
    request_failover "$lost"
  elif [ "$(grep -c s_down <<<"$sentinels")" -ge "$QUORUM" ]; then
    # Their own vote may be split, and is repeated only after twice the failover's timeout.
    log "a majority of Sentinels has lost member $lost: asking one to promote one of us"
    request_failover "$lost"
  fi
}
