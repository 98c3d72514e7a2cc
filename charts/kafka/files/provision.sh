#!/bin/bash
# Hook Jobs: `provision` after install and upgrade makes accounts and topics, gives new servers their part and forgets those that are gone; `drain` before an
# upgrade moves everything away from servers that are to go. Interrupted, the next run goes on.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh
# shellcheck source=partitions.sh
. /opt/ballast/partitions.sh
# shellcheck disable=SC1091
. /opt/ballast/hook.sh

# Servers that are to stay, and all that the cluster remembers, into `brokers`: "ID RACK STATE" lines.
stay=$(seq -s ' ' 0 $((REPLICAS - 1)))

# shellcheck disable=SC2034  # wait_for tells the reason
knows_brokers() {
  local id told
  # ZooKeeper's clusters know only who is there.
  if [ "$LEADERS" = zookeeper ]; then set -- kafka-broker-api-versions; else set -- kafka-cluster list-endpoints --include-fenced-brokers; fi
  told=$(PATIENCE=40 admin "$@" 2>"$RUN/.tool-error") || {
    reason=$(tail -n 1 "$RUN/.tool-error")
    return 1
  }
  brokers=$(brokers_of <<<"$told")
  for id in $stay; do
    grep -q "^$id .* unfenced$" <<<"$brokers" || {
      reason="server $id has not joined"
      return 1
    }
  done
}

# shellcheck disable=SC2034
sees_partitions() {
  described=$(admin kafka-topics --describe 2>"$RUN/.tool-error") || {
    reason=$(tail -n 1 "$RUN/.tool-error")
    return 1
  }
}

# verify FILE: how far a reassignment is, into `progress`; when it is complete, its limits of speed are taken away.
verify() {
  progress=$(admin kafka-reassign-partitions --verify --reassignment-json-file "$1" 2>&1) || progress=''
}

# Whatever is being moved, by whomever, is waited for.
finish() {
  local file=$1 total done_ said_at=-5
  total=$(grep -o '"topic"' "$file" | wc -l)
  while :; do
    verify "$file"
    done_=$(grep -c 'is completed' <<<"$progress") || true
    [ "$done_" -lt "$total" ] || break
    if grep -q 'failed' <<<"$progress"; then refuse "$(grep -m 1 failed <<<"$progress")"; fi
    if [ $((SECONDS - said_at)) -ge 5 ]; then
      log "moved $done_ of $total partitions"
      said_at=$SECONDS
    fi
    sleep 1
  done
  log "moved $total partitions"
}

nothing_moves() {
  [[ $(admin kafka-reassign-partitions --list 2>&1) == *'No partition reassignments found'* ]]
}

# A run that was interrupted left what it had begun to the servers, and its limits of speed in place.
finish_interrupted() {
  if grep -q 'throttled.replicas=\|Adding Replicas: [0-9]\|Removing Replicas: [0-9]' <<<"$described"; then
    log "finishing moves that an interrupted run left half-way"
    wait_for 3600 "the moves to end" nothing_moves
    wait_for 120 "the list of partitions" sees_partitions
    placements <<<"$described" | reassignment >/tmp/interrupted.json
    finish /tmp/interrupted.json
    wait_for 120 "the list of partitions" sees_partitions
  fi
}

rebalance() {
  local moves
  wait_for 120 "the list of partitions" sees_partitions
  finish_interrupted
  moves=$(placements <<<"$described" | plan "$stay" "$(awk '{ printf "%s=%s ", $1, $2 }' <<<"$brokers")")
  [[ $moves != error* ]] || refuse "${moves#error }"
  [ -n "$moves" ] || return 0
  log "moving $(wc -l <<<"$moves") partitions, at most $THROTTLE bytes a second for each server"
  reassignment <<<"$moves" >/tmp/moves.json
  admin kafka-reassign-partitions --execute --throttle "$THROTTLE" --reassignment-json-file /tmp/moves.json >/tmp/execute.log 2>&1 || {
    tail -n 3 /tmp/execute.log >&2
    return 1
  }
  finish /tmp/moves.json
}

drain() {
  if none_leaves "$REPLICAS" "$MOST"; then return 0; fi
  wait_for 300 "the servers" knows_brokers
  rebalance
  wait_for 120 "the list of partitions" sees_partitions
  [ "$(placements <<<"$described" | left_on "$REPLICAS")" = 0 ] || refuse "servers that are to go have been given partitions again: upgrade once more"
  log "the servers that go have nothing any more"
}

make_users() {
  local directory
  make_user admin "$(secret admin-password)"
  for directory in /etc/ballast/users/*/; do
    [ -d "$directory" ] || continue
    make_user "$(cat "$directory/username")" "$(cat "$directory/password")"
  done
}

make_user() {
  (
    umask 077
    printf 'SCRAM-SHA-512=iterations=8192,password=%s\n' "$(in_properties "$2")" >"$RUN/user.properties"
  )
  admin kafka-configs --alter --entity-type users --entity-name "$1" --add-config-file "$RUN/user.properties" >"$RUN/user.log" 2>&1 || {
    # Its words may hold the password.
    log "error: could not set the password of $1"
    return 1
  }
  log "$1 can log in"
}

make_topics() {
  local action name first second
  [ -s /opt/ballast/topics ] || return 0
  wait_for 120 "the list of topics" sees_partitions
  while read -r action name first second; do
    case $action in
      create)
        log "making topic $name"
        set -- --create --if-not-exists --topic "$name"
        [ "$first" = -1 ] || set -- "$@" --partitions "$first"
        [ "$second" = -1 ] || set -- "$@" --replication-factor "$second"
        admin kafka-topics "$@" >/dev/null
        ;;
      grow)
        log "topic $name gets $first partitions"
        admin kafka-topics --alter --topic "$name" --partitions "$first" >/dev/null
        ;;
      config)
        log "topic $name: $first is $second"
        admin kafka-configs --alter --entity-type topics --entity-name "$name" --add-config "$first=[$second]" >/dev/null
        ;;
      refuse) refuse "$name $first $second" ;;
    esac
  done < <(cat /opt/ballast/topics - <<<"$described" | topic_changes)
}

forget_gone() {
  local id
  while read -r id _; do
    [ "$id" -ge "$REPLICAS" ] || continue
    log "forgetting server $id, which is gone"
    admin kafka-cluster unregister --id "$id" >/dev/null || log "could not forget server $id: the next upgrade tries again"
  done <<<"$brokers"
}

# What clients need, as early as that can be.
accounts() {
  wait_for 300 "the servers" knows_brokers
  if [ "$AUTH_REQUIRED" = true ]; then make_users; fi
  make_topics
}

provision() {
  accounts
  if [ "$CLUSTERED" = true ]; then
    [ "$LEADERS" = zookeeper ] || forget_gone
    rebalance
  fi
}

main() {
  log_in
  "$1"
}

[ -n "${BALLAST_TEST:-}" ] || main "$@"
