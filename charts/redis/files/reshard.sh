#!/bin/bash
# shellcheck disable=SC2153  # the environment
# For the hook Jobs of a cluster: moves slots with their keys while clients write.
#   reshard.sh drain     before an upgrade: away from shards that the new release no longer has
#   reshard.sh balance   after one: to shards that have none, or too few
# Interrupted, the next run goes on: slots that were half-way are finished first.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh
# shellcheck source=cluster.sh
. /opt/ballast/cluster.sh
# shellcheck disable=SC1091
. /opt/ballast/hook.sh

read -r SHARDS MEMBERS </opt/ballast/shape

# at HOST ARGUMENTS…
at() {
  cli 5 '' -h "$1" -p 6379 "${@:2}"
}

# look: the cluster as some member sees it that reaches a majority, into `nodes` and `entry`.
look() {
  local shard ordinal
  for ((shard = 0; shard < SHARDS; shard++)); do
    for ((ordinal = 0; ordinal < MEMBERS; ordinal++)); do
      entry=$(shard_host "$shard" "$ordinal")
      at "$entry" CLUSTER INFO 2>/dev/null | grep -q 'cluster_state:ok' || continue
      nodes=$(at "$entry" CLUSTER NODES | nodes_of)
      [ -z "$nodes" ] || return 0
    done
  done
  return 1
}

# All primaries are here and reachable, and every member that is here knows the same owners of slots. redis-cli's own check also asks nodes that have
# just been removed, for as long as a connection may take.
# shellcheck disable=SC2034  # wait_for tells the reason
agrees() {
  local verdict shard ordinal flags link told seen=''
  look || {
    reason='no member reaches a majority'
    return 1
  }
  verdict=$(ready_verdict "$SHARDS" <<<"$nodes")
  [ "$verdict" = yes ] || {
    reason=$verdict
    return 1
  }
  while read -r shard ordinal _ flags _ _ link _; do
    [[ $shard != - && $link == connected && ,$flags, != *,fail* ]] || continue
    told=$(at "$(shard_host "$shard" "$ordinal")" CLUSTER NODES | owners_of)
    [ "$told" = "${seen:=$told}" ] || {
      reason="member $shard-$ordinal of the shards does not know yet who owns which slots"
      return 1
    }
  done <<<"$nodes"
}

# manage ARGUMENTS…: redis-cli's cluster manager as the charts' own account.
manage() {
  local -a tls=()
  [ "$TLS" = true ] && tls=(--tls --cacert /etc/ballast/tls/ca.crt)
  REDISCLI_AUTH=$(secret system-password) timeout 600 redis-cli --user ballast --no-auth-warning "${tls[@]}" "$@"
}

# Slots that still are with the one that gives them go on like any other; redis-cli knows what to do about the rest.
finish_open_slots() {
  local open
  local -a slots
  open=$(primaries_view)
  [[ $open == *'['* ]] || return 0
  log "finishing slots that an interrupted run left half-way"
  while read -r -a slots; do
    total=$((total + ${#slots[@]} - 4))
    move "${slots[@]}" || return 1
  done < <(printf '%s\n%s\n' "$nodes" "$open" | unfinished)
  open=$(primaries_view)
  [[ $open == *'['* ]] || return 0
  manage --cluster fix "$entry:6379" --cluster-yes >/tmp/fix.log 2>&1 || {
    tail -n 5 /tmp/fix.log >&2
    return 1
  }
}

# A node shows only its own open slots: what each primary says of itself.
primaries_view() {
  local shard ordinal flags
  while read -r shard ordinal _ flags _; do
    [[ $flags == *master* && $shard != - ]] || continue
    at "$(shard_host "$shard" "$ordinal")" CLUSTER NODES | awk '$3 ~ /myself/'
  done <<<"$nodes"
}

# on MEMBER COMMANDS: many commands, a line each, to "SHARD ORDINAL" at once. Fails, and says the first that did, unless each one succeeded.
on() {
  local answer verdict
  # shellcheck disable=SC2086  # two words
  answer=$(cli 120 "$2" -h "$(shard_host $1)" -p 6379) || answer='no answer'
  verdict=$(all_succeeded "$(wc -l <<<"$2")" <<<"$answer")
  [ "$verdict" = yes ] || {
    log "member ${1/ /-} of the shards: ${verdict#no }"
    return 1
  }
}

# assign MEMBER COMMANDS: as above for CLUSTER SETSLOT, sent together: the server writes its list of nodes once for all of them, and not for each.
assign() {
  local answer wanted
  wanted="errors: 0, replies: $(wc -l <<<"$2")"
  # shellcheck disable=SC2086  # two words
  answer=$(cli 60 "$2" -h "$(shard_host $1)" -p 6379 --pipe) || answer='no answer'
  [[ $answer == *"$wanted" ]] || {
    log "member ${1/ /-} of the shards: wanted $wanted, got $(grep -m 1 'ERR\|rror' <<<"$answer" || tail -n 1 <<<"$answer")"
    return 1
  }
}

# of_slots MEMBER SCRIPT SLOTS…: what SCRIPT, in Lua with the slots as ARGV, says there; one round trip for all of them.
of_slots() {
  # shellcheck disable=SC2086  # two words
  cli 30 '' -h "$(shard_host $1)" -p 6379 --no-raw EVAL "$2" 0 "${@:3}"
}

# is_empty MEMBER SLOTS…: whether it holds no key of these slots, for sure.
is_empty() {
  [ "$(of_slots "$1" "local keys = 0
    for _, slot in ipairs(ARGV) do keys = keys + redis.call('CLUSTER', 'COUNTKEYSINSLOT', slot) end
    return keys" "${@:2}")" = '(integer) 0' ]
}

# keys_in MEMBER MOST SLOTS…: lists of keys, one for each slot that has some, MOST keys of each at most.
keys_in() {
  of_slots "$1" "local all = {}
    for _, slot in ipairs(ARGV) do
      local keys = redis.call('CLUSTER', 'GETKEYSINSLOT', slot, $2)
      if #keys > 0 then all[#all + 1] = keys end
    end
    return all" "${@:3}"
}

# each_slot TEXT SLOTS…: a command for each slot, @ in TEXT being its number.
each_slot() {
  local text=$1 slot
  shift
  for slot in "$@"; do printf '%s\n' "${text//@/$slot}"; done
}

# move_batch SOURCE TARGET PORTION SLOTS…: as CLUSTER SETSLOT's documentation wants it, but many slots at once: redis-cli's own rebalancing takes ten round
# trips for every slot, also an empty one, and the server as many writes of its list of nodes. Until the end of the batch clients are asked to look at the target for keys that the source has not.
move_batch() {
  local source=$1 target=$2 portion=$3 commands address
  shift 3
  address=$(getent hosts "$(shard_host "${target% *}" "${target#* }")")
  assign "$target" "$(each_slot "CLUSTER SETSLOT @ IMPORTING $(id_of "$source")" "$@")" &&
    assign "$source" "$(each_slot "CLUSTER SETSLOT @ MIGRATING $(id_of "$target")" "$@")" || return 1
  # The target's word makes the source drop what it still has, so a look for keys that failed must not pass for none.
  until is_empty "$source" "$@"; do
    # A copy that an interruption left on the target is older.
    commands=$(keys_in "$source" "$portion" "$@" | migrations "MIGRATE ${address%% *} 6379 \"\" 0 60000 REPLACE AUTH2 ballast \"$(in_quotes "$(secret system-password)")\" KEYS")
    [ -n "$commands" ] || {
      log "shard ${source% *} could not be asked for the keys of the slots that move"
      return 1
    }
    on "$source" "$commands" || return 1
  done
  # The target first: it is the one that others believe.
  assign "$target" "$(each_slot "CLUSTER SETSLOT @ NODE $(id_of "$target")" "$@")" &&
    assign "$source" "$(each_slot "CLUSTER SETSLOT @ NODE $(id_of "$target")" "$@")"
}

# paces MEMBER: "SLOTS KEYS" of a batch and of a portion, by what the member has.
paces() {
  local host
  # shellcheck disable=SC2086  # two words
  host=$(shard_host $1)
  { at "$host" INFO memory && at "$host" DBSIZE && at "$host" CLUSTER NODES; } | pace_of
}

# id_of MEMBER
id_of() {
  awk -v member="$1" '$1 " " $2 == member { print $3 }' <<<"$nodes"
}

# move SHARD ORDINAL SHARD ORDINAL SLOT…: from one primary to another, telling how far it is every few seconds.
move() {
  local from="$1 $2" to="$3 $4" pace batch
  shift 4
  pace=$(paces "$from")
  batch=${pace% *}
  while [ $# -gt 0 ]; do
    [ "$batch" -lt $# ] || batch=$#
    move_batch "$from" "$to" "${pace#* }" "${@:1:batch}" || {
      log "could not move slots from shard ${from% *} to shard ${to% *}"
      return 1
    }
    moved=$((moved + batch))
    shift "$batch"
    if [ $((SECONDS - said_at)) -ge 5 ]; then
      log "moved $moved of $total slots"
      said_at=$SECONDS
    fi
  done
}

# rebalance: moves every slot that is not where it should be.
rebalance() {
  local -a slots
  total=$((moved + $(to_move "$SHARDS" <<<"$nodes")))
  log "moving $((total - moved)) slots: $(shares <<<"$nodes")"
  while read -r -a slots; do
    move "${slots[@]}" || return 1
  done < <(at "$entry" CLUSTER NODES | moves "$SHARDS")
}

# move_until VERDICT COMMAND COMPLAINT: moves slots, and finishes those that were left half-way, until COMMAND, which reads nodes_of, prints VERDICT.
move_until() {
  local tries=0 moved=0 total=0 said_at=-5
  while :; do
    wait_for 300 "$SHARDS shards to come together" agrees
    if finish_open_slots && look && [ "$($2 "$SHARDS" <<<"$nodes")" = "$1" ]; then break; fi
    tries=$((tries + 1))
    [ "$tries" -le 5 ] || refuse "$3: $(shares <<<"$nodes"). Look at the log above, and upgrade again"
    if finish_open_slots; then rebalance || log "will try again"; fi
  done
  log "moved $moved slots: $(shares <<<"$nodes")"
}

resolves() {
  local try
  for try in 1 2 3; do
    getent hosts "$(shard_host "$1" 0)" >/dev/null && return 0
    [ "$try" = 3 ] || sleep 1
  done
  return 1
}

drain() {
  if ! look; then
    # Every shard of the release has Services. Without an answer, only names that resolve as they should prove that there is nothing to empty.
    if resolves 0 && ! resolves "$SHARDS"; then return 0; fi
    wait_for 60 'a member that reaches a majority, to move the slots of the shards that go' look
  fi
  [ "$(leaving "$SHARDS" <<<"$nodes")" != 0 ] || return 0
  move_until 0 leaving 'slots are left on shards that the new release has not, and nothing was removed'
}

balance() {
  move_until even balance_verdict 'the slots are not even'
}

if [ -z "${BALLAST_TEST:-}" ]; then "$1"; fi
