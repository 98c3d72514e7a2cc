#!/bin/bash
# Hook Jobs: `provision` after install and upgrade makes topics and consumer groups, and gives new groups of brokers their queues of everything that there is;
# `drain` before an upgrade ends writes to groups that are to go, and waits until what they have was consumed. Interrupted, the next run goes on.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh
# shellcheck disable=SC1091
. /opt/ballast/hook.sh

# A broker that is busy starting is waited for: a Job that gives up begins again from the beginning.
PATIENCE=20
# The protocol's numbers.
ALL_TOPICS=21 MAKE_TOPIC=17 ALL_CONSUMER_GROUPS=201 MAKE_CONSUMER_GROUP=200 ALL_CONSUMER_OFFSETS=43 TOPIC_STATISTICS=202 CLUSTER=106 CHANGE_CONFIGURATION=25

# Brokers make these for themselves.
system_topics='TBW102|SELF_TEST_TOPIC|BenchmarkTest|OFFSET_MOVED_EVENT|SCHEDULE_TOPIC_XXXX|DefaultHeartBeatSyncerTopic|TRANS_CHECK_MAX_TIME_TOPIC|RMQ_SYS_.*|rmq_sys_.*|.*_REPLY_TOPIC|broker-[0-9]+'
system_groups='SELF_TEST_.*|TOOLS_CONSUMER|FILTERSRV_CONSUMER|CID_ONS.*|CID_RMQ_SYS_.*|CID_SYS_.*|CID_DefaultHeartBeatSyncerTopic.*|DEFAULT_CONSUMER.*|rocketmq_.*'

# topics_of: reads a broker's topics; prints "NAME READ-QUEUES WRITE-QUEUES PERMISSION" of each that is no broker's own.
topics_of() {
  grep -o '"perm":[0-9]*,"readQueueNums":[0-9]*,"topicFilterType":"[A-Z_]*","topicName":"[^"]*","topicSysFlag":[0-9]*,"writeQueueNums":[0-9]*' |
    sed 's/"perm":\([0-9]*\),"readQueueNums":\([0-9]*\),.*"topicName":"\([^"]*\)".*:\([0-9]*\)$/\3 \2 \4 \1/' |
    { grep -vE "^($system_topics|$BASE) " || true; } | sort
}

# consumer_groups_of: reads a broker's; prints "NAME DEFINITION" of each that is no broker's own.
consumer_groups_of() {
  grep -oE '\{"attributes":\{[^}]*\}[^{}]*(\{[^{}]*\}[^{}]*)*"groupName":"[^"]*"[^{}]*(\{[^{}]*\}[^{}]*)*\}' | sed -E 's/^(.*"groupName":"([^"]*)".*)$/\2 \1/' |
    { grep -vE "^($system_groups) " || true; } | sort
}

# offsets_of: reads what each consumer group has consumed; prints "consumed TOPIC CONSUMER-GROUP QUEUE OFFSET".
offsets_of() {
  grep -oE '"[^"@]+@[^"]+":\{[^}]*\}' | sed -E 's/^"([^"@]+)@([^"]+)":\{(.*)\}$/\1 \2 \3/; s/"//g' |
    awk '{ n = split($3, pair, ","); for (i = 1; i <= n; i++) { split(pair[i], part, ":"); print "consumed", $1, $2, part[1], part[2] } }'
}

# queues_of TOPIC: reads a topic's statistics; prints "queue TOPIC QUEUE MIN MAX".
queues_of() {
  grep -oE '"queueId":[0-9]+[^}]*\}:\{[^}]*\}' | sed -E 's/^"queueId":([0-9]+).*"maxOffset":([0-9]+).*"minOffset":([0-9]+).*$/\1 \3 \2/' | sed "s/^/queue $1 /"
}

# master_of GROUP: the host of the broker that leads the group now.
master_of() {
  awk -v group="$1" '$1 == group && $2 == 0 { print $3 }' <<<"$brokers"
}

# shellcheck disable=SC2034  # wait_for tells the reason
know_brokers() {
  local group here
  brokers=$(ask_name_server "$CLUSTER" 2>"$RUN/.rpc-error" | brokers_of) || {
    reason="no name server answers: $(tail -n 1 "$RUN/.rpc-error")"
    return 1
  }
  for ((group = 0; group < GROUPS_WANTED; group++)); do
    here=$(grep -c "^$group " <<<"$brokers") || true
    [ "$here" -ge "$REPLICAS" ] && [ -n "$(master_of "$group")" ] || {
      reason="$here of $REPLICAS brokers of group $group are there, master: $(master_of "$group")"
      return 1
    }
  done
}

make_topic() {
  rpc "$1" 10911 "$MAKE_TOPIC" "topic=$2" defaultTopic=TBW102 "readQueueNums=$3" "writeQueueNums=$4" "perm=$5" topicFilterType=SINGLE_TAG topicSysFlag=0 order=false >/dev/null
}

# learn HOST: its topics, into /tmp/topics, and its consumer groups, into /tmp/consumer-groups; fails when it does not answer: silence does not mean that it
# has none.
learn() {
  local topics consumer_groups
  topics=$(rpc "$1" 10911 "$ALL_TOPICS") || return 1
  consumer_groups=$(rpc "$1" 10911 "$ALL_CONSUMER_GROUPS") || return 1
  topics_of <<<"$topics" >/tmp/topics
  consumer_groups_of <<<"$consumer_groups" >/tmp/consumer-groups
}

# fill GROUP: everything that the values name, and what the first group has where this one is new.
fill() {
  local master action name first second permission definition topics consumer_groups
  master=$(master_of "$1")
  # A drain that did not get to the end may have left it closed.
  permit "$1" 6
  learn "$master" || return 1
  # shellcheck disable=SC2034
  while read -r action name first second permission; do
    if [ "$action" = refuse ]; then refuse "$name $first $second $permission"; fi
    log "group $1: topic $name gets $first queues"
    make_topic "$master" "$name" "$first" "$second" "$permission"
  done < <(cat /opt/ballast/topics - /tmp/topics <<<-- | topic_changes)
  while read -r name; do
    if grep -q "^$name " /tmp/consumer-groups; then continue; fi
    log "group $1: consumer group $name"
    RPC_BODY="{\"groupName\":\"$name\"}" rpc "$master" 10911 "$MAKE_CONSUMER_GROUP" >/dev/null
  done </opt/ballast/consumer-groups
  if [ "$1" -lt "${GROUPS_FORMED:-0}" ] || [ "$1" = 0 ]; then return 0; fi
  topics=$(rpc "$(master_of 0)" 10911 "$ALL_TOPICS") || return 1
  consumer_groups=$(rpc "$(master_of 0)" 10911 "$ALL_CONSUMER_GROUPS") || return 1
  while read -r name first second permission; do
    if grep -q "^$name " /tmp/topics /opt/ballast/topics; then continue; fi
    log "group $1 is new: topic $name gets $first queues, as the first group has them"
    make_topic "$master" "$name" "$first" "$second" "$permission"
  done < <(topics_of <<<"$topics")
  while read -r name definition; do
    if grep -q "^$name " /tmp/consumer-groups || grep -qx "$name" /opt/ballast/consumer-groups; then continue; fi
    log "group $1 is new: consumer group $name"
    RPC_BODY=$definition rpc "$master" 10911 "$MAKE_CONSUMER_GROUP" >/dev/null
  done < <(consumer_groups_of <<<"$consumer_groups")
}

# permit GROUP PERMISSION: 6 lets clients write and read, 4 only read. The permission alone is what name servers tell; the broker goes on taking messages of
# whoever has not asked them since, unless the time from when on it does is far away.
permit() {
  local from=0
  [ "$2" != 4 ] || from=9000000000000000000
  RPC_BODY=$(printf 'brokerPermission=%s\nstartAcceptSendRequestTimeStamp=%s' "$2" "$from") rpc "$(master_of "$1")" 10911 "$CHANGE_CONFIGURATION" >/dev/null
}

# What the leaving groups have that was not consumed, into `left`; fails when any answer is missing, because silence is no proof.
count_left() {
  local group master topic topics offsets statistics facts more
  left=''
  for group in $leaving; do
    master=$(master_of "$group")
    offsets=$(rpc "$master" 10911 "$ALL_CONSUMER_OFFSETS") || return 1
    topics=$(rpc "$master" 10911 "$ALL_TOPICS") || return 1
    facts=$(offsets_of <<<"$offsets") || true
    for topic in $(topics_of <<<"$topics" | awk '{ print $1 }'); do
      statistics=$(rpc "$master" 10911 "$TOPIC_STATISTICS" "topic=$topic") || return 1
      facts+=$'\n'$(queues_of "$topic" <<<"$statistics")
    done
    more=$(unconsumed <<<"$facts") || return 1
    left+=${more:+$more$'\n'}
  done
}

# none_left PATTERN: whether no line of `left` has it.
# shellcheck disable=SC2034
none_left() {
  count_left || {
    reason="a broker that is to go does not answer"
    return 1
  }
  reason=$(grep -m 1 -e "$1" <<<"$left" | awk '{ print $1 " messages of topic " $2 " were not consumed by " ($3 == "-" ? "anybody" : $3) }')
  [ -z "$reason" ]
}

drain() {
  local group
  brokers=$(ask_name_server "$CLUSTER" 2>/dev/null | brokers_of) || brokers=''
  leaving=$(awk -v wanted="$GROUPS_WANTED" '$1 >= wanted { print $1 }' <<<"$brokers" | sort -un)
  # A group whose every broker is silent can't be asked; its names still tell of its pods.
  for ((group = GROUPS_WANTED; group < 16; group++)); do
    if getent hosts "$(host_of "$group" 0)" >/dev/null && [ -z "$(master_of "$group")" ]; then
      [ "$DROP_UNCONSUMED" = true ] || refuse "group $group is to go, and its master can't be asked what it has: repair it first, or set dropUnconsumed"
    fi
  done
  [ -n "$leaving" ] || return 0
  if [ "$DROP_UNCONSUMED" = true ]; then
    log "groups $(xargs <<<"$leaving") go with whatever they have: dropUnconsumed is set"
    return 0
  fi
  # Waiting longer does not help a topic that has no consumers.
  (wait_for 30 "every topic to have a consumer" none_left ' -$') || refuse "groups $(xargs <<<"$leaving") stay: have their messages consumed, or set dropUnconsumed"
  for group in $leaving; do
    permit "$group" 4
    log "group $group takes no more messages"
  done
  # Whoever does not go on to the end gives writes back.
  trap 'for group in $leaving; do permit "$group" 6 || log "could not let clients write to group $group again"; done' EXIT
  (wait_for "$DRAIN_SECONDS" "everything to be consumed" none_left .) || refuse "groups $(xargs <<<"$leaving") stay: let consumers catch up and upgrade again, or set dropUnconsumed"
  trap - EXIT
  log "everything that groups $(xargs <<<"$leaving") had was consumed"
}

# lacks HOST: what the values name and that broker does not have; fails when it does not answer.
lacks() {
  learn "$1" || return 1
  cat /opt/ballast/topics - /tmp/topics <<<-- | topic_changes
  grep -vE "^($system_groups)$" /opt/ballast/consumer-groups | grep -vxFf <(cut -d ' ' -f 1 /tmp/consumer-groups) || true
}

# everywhere: whether every broker has all that the values name. Where controllers move a group's lead, one that led until a moment ago takes what it is told
# to make, and forgets it; and what only the leading one has is gone when another leads.
# shellcheck disable=SC2034  # wait_for tells the reason
everywhere() {
  local group host lacking
  know_brokers || return 1
  while read -r group _ host; do
    [ "$group" -lt "$GROUPS_WANTED" ] || continue
    lacking=$(lacks "$host") || {
      reason="$host does not answer"
      return 1
    }
    if [ -n "$lacking" ]; then
      reason="$host lacks $(xargs <<<"$lacking")"
      if [ "$host" = "$(master_of "$group")" ]; then fill "$group"; fi
      return 1
    fi
  done <<<"$brokers"
}

# What clients need, as early as that can be.
accounts() {
  local group
  wait_for 300 "the brokers" know_brokers
  for ((group = 0; group < GROUPS_WANTED; group++)); do fill "$group"; done
}

provision() {
  accounts
  if [ "$ARCHITECTURE" = controller ]; then wait_for 120 "every broker to know all topics and consumer groups" everywhere; fi
}

[ -n "${BALLAST_TEST:-}" ] || "$1"
