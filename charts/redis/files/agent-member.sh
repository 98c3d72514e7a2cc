#!/bin/bash
# shellcheck disable=SC2034,SC2153,SC2154  # the environment, and what agent.sh and common.sh set and use
# The agent's part for members that follow a primary: what they know of each other, when they have lost it, and whether they may be promoted. Sourced by agent.sh.

# ask_peers [BUT]: asks every other member at once, but that one; their lines "ORDINAL unreachable" or "ORDINAL ROLE CONTENT OFFSET PRIORITY",
# into `peers`. One that does not answer holds it up for a second.
ask_peers() {
  local ordinal
  local -a pids=() files=()
  for ((ordinal = 0; ordinal < replicas; ordinal++)); do
    [ "$ordinal" = "$me" ] || [ "$ordinal" = "${1:-}" ] && continue
    files+=("$RUN/.peer-$ordinal")
    ask_peer "$ordinal" >"$RUN/.peer-$ordinal" &
    pids+=($!)
  done
  peers=''
  [ "${#pids[@]}" -gt 0 ] || return 0
  wait "${pids[@]}" || true
  peers=$(cat "${files[@]}")
}

ask_peer() {
  local info peer_role
  info=$(member "$1" INFO) || info=''
  peer_role=$(field role <<<"$info")
  if [ -z "$peer_role" ]; then
    echo "$1 unreachable"
    return 0
  fi
  local content=empty offset
  grep -q '^db[0-9]' <<<"$info" && content=data
  offset=$(field slave_repl_offset <<<"$info")
  echo "$1 $peer_role $content ${offset:-0} $(field slave_priority <<<"$info")"
}

# consent yes|no: whether this member may be promoted, by a Sentinel or by the cluster's vote.
consent() {
  [ "${consented:-}" = "$1" ] && return 0
  case $ARCHITECTURE.$1 in
    cluster.yes) own CONFIG SET cluster-replica-no-failover no >/dev/null || return 0 ;;
    cluster.no) own CONFIG SET cluster-replica-no-failover yes >/dev/null || return 0 ;;
    # Sentinels prefer a lower priority, and the others see by it that this member agrees.
    *.yes) printf 'ACL SETUSER ballast-sentinel +replicaof +slaveof\nCONFIG SET replica-priority 50\n' | own - >/dev/null || return 0 ;;
    *.no)
      own ACL SETUSER ballast-sentinel -replicaof -slaveof >/dev/null || return 0
      [ -z "${in_sync:-}" ] || [ "$leaving" = yes ] || own CONFIG SET replica-priority 100 >/dev/null || return 0
      ;;
  esac
  [ "$1" = no ] || log "this member may be promoted: no other has more than offset $offset"
  consented=$1
}

# A replica's view of its primary. It is lost when the link breaks, or nothing came for 1.8 s (a primary sends a ping every second; a new link may
# take 3 s): before the Sentinels act on it, so that they find out in time who may be promoted.
watch_primary() {
  local patience=1800
  if [ "$role" = master ]; then
    is_back
    consent no
    return 0
  fi
  [ "$link" != up ] || linked_to=$source
  [ "$linked_to" = "$source" ] || patience=3000
  if [ "$source" != "$last_source" ] || { [ "$link" = up ] && [ "$offset" != "$last_offset" ]; }; then heard_primary_at=$clock; fi
  last_source=$source last_offset=$offset
  if [ "$link" = sync ] && [ -n "$in_sync" ]; then
    # What it has is about to be replaced.
    echo 'CONFIG SET replica-priority 0' | own - >/dev/null && in_sync=''
  elif [ "$link" = up ] && [ $((clock - heard_primary_at)) -lt "$patience" ]; then
    is_back
    if [ -z "$in_sync" ] && [ "$leaving" = no ]; then
      echo 'CONFIG SET replica-priority 100' | own - >/dev/null && in_sync=yes
    fi
    consent no
  elif [ -n "$in_sync" ] && [ "$leaving" = no ] && [ -z "$alone_since" ]; then
    if { [ "$link" = down ] && [ "$linked_to" = "$source" ]; } || [ $((clock - heard_primary_at)) -ge "$patience" ]; then
      alone_since=$now
      detach
    fi
  fi
}

is_back() {
  alone_since='' lost=''
  tell_unreachable ''
}

# A new primary's peers follow it at once: what waits for a copy would otherwise wait for the Sentinels to tell them, a second or two later.
gather() {
  local ordinal
  for ((ordinal = 0; ordinal < ${replicas:-0}; ordinal++)); do
    [ "$ordinal" = "$me" ] || [ "$ordinal" = "${lost:-}" ] || member "$ordinal" REPLICAOF "$(member_host "$me")" 6379 >/dev/null &
  done
}

# A replica that lost its primary acknowledges nothing to it any more, should that come back while another is being promoted.
detach() {
  [ "$source" != 127.0.0.1 ] || return 0
  if [ "$ARCHITECTURE" = cluster ]; then
    # A node of a cluster can't be told to follow nobody.
    lost=${primary_ordinal:-} lost_host=$source
    log "lost member $lost"
    return 0
  fi
  lost=$(ordinal_of_host "$source") lost_host=$source
  log "lost member $lost: acknowledging nothing to it until the Sentinels say who leads"
  echo 'REPLICAOF 127.0.0.1 1' | own - >/dev/null || true
}

# May a Sentinel promote this member? Asked again and again until somebody leads.
consider_consent() {
  local others
  facts || [ -n "$replicas" ] || return 0
  offset=$(own INFO replication | field slave_repl_offset)
  ask_peers "${lost:-}"
  others=$(awk '{ print $1, $2 == "unreachable" ? $2 : $5 == 0 ? "-" : $4 }' <<<"$peers")
  if [ "$(may_be_promoted "$offset" yes $((now - alone_since)) <<<"$others")" != yes ]; then
    consent no
    return 0
  fi
  consent yes
  "succeed_$ARCHITECTURE"
}

# A frozen server still accepts connections, and one that is cut off says nothing: only a dead one refuses, and at once.
refuses() {
  # shellcheck disable=SC2016  # expanded by the inner bash
  [[ $(timeout 0.2 bash -c 'exec 3<>"/dev/tcp/$0/6379"' "$1" 2>&1) == *refused* ]]
}
