#!/bin/bash
# preStop: a primary hands over before it goes, so that clients wait for a switch-over and not for a failure detection.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

deadline=$((SECONDS + ${HANDOVER_SECONDS:-20}))
# The pod's end changes Services by itself, and kube-proxy applies the first change at once, those that follow together a second later.
# Until both are done, the hand-over's own would wait; meanwhile this member answers as ever.
OWN_CHANGES=2.5

row() {
  local_sql -e "$1" 2>/dev/null || true
}

my_role() {
  row "SELECT MEMBER_ROLE FROM performance_schema.replication_group_members WHERE MEMBER_ID = @@server_uuid AND MEMBER_STATE = 'ONLINE'"
}

leave_group() {
  # A member that is still joining would be left without a donor, or stall the group when the view changes under it.
  while [ "$SECONDS" -lt "$deadline" ] && [ "$(row "SELECT COUNT(*) FROM performance_schema.replication_group_members WHERE MEMBER_STATE = 'RECOVERING'")" != 0 ]; do
    [ -n "$(my_role)" ] || break
    sleep 0.5
  done

  if [ "$(my_role)" = PRIMARY ]; then
    successor=$(row "SELECT m.MEMBER_ID FROM performance_schema.replication_group_members m JOIN performance_schema.replication_group_member_stats s USING (MEMBER_ID)
      WHERE m.MEMBER_STATE = 'ONLINE' AND m.MEMBER_ROLE = 'SECONDARY' ORDER BY s.COUNT_TRANSACTIONS_REMOTE_IN_APPLIER_QUEUE, m.MEMBER_HOST LIMIT 1")
    if [ -n "$successor" ]; then
      sleep "$OWN_CHANGES"
      log "handing the primary role to $successor"
      row "SELECT group_replication_set_as_primary('$successor', 5)" >&2
      # The labels follow; until then this member still answers reads.
      while [ "$SECONDS" -lt "$deadline" ] && [ "$(my_role)" = PRIMARY ]; do sleep 0.1; done
      sleep 1
    fi
  fi
  : >"$RUN/stopping"
  timeout 20 mysql --no-defaults --user=root --socket="$RUN/mysqld.sock" -e 'STOP GROUP_REPLICATION' 2>/dev/null || true
}

# The successor is a replica that has everything, once nobody writes any more.
leave_replication() {
  local mine='' item has successor=''
  local -a items
  # shellcheck source=replication.sh
  . /opt/ballast/replication.sh
  open_pipes
  # Who is about to catch up could lead in a moment.
  while read_lease && [ "$holder" = "$POD" ] && [ "$SECONDS" -lt "$deadline" ] && [ "$(row "SELECT COUNT(*) FROM performance_schema.threads WHERE PROCESSLIST_COMMAND LIKE 'Binlog Dump%'")" != 0 ] &&
    { [ "$in_sync" = - ] || [ "${in_sync#\?}" != "$in_sync" ]; }; do
    sleep 0.2
  done
  if [ "${holder:-}" = "$POD" ] && [ "$in_sync" != - ]; then sleep "$OWN_CHANGES"; fi
  : >"$RUN/stopping"
  # Who leaves, too, is no successor.
  row 'SET GLOBAL rpl_semi_sync_replica_enabled=OFF'
  read_lease || return 0
  if [ "$holder" != "$POD" ] || [ "$in_sync" = - ] || [ "${in_sync#\?}" != "$in_sync" ]; then return 0; fi
  timeout 5 "${local_client[@]}" -e 'SET GLOBAL super_read_only=ON' || return 0
  mine=$(row "SELECT REPLACE(@@gtid_executed, '\n', '')")
  IFS=, read -r -a items <<<"$in_sync"
  while [ -z "$successor" ] && [ "$SECONDS" -lt "$deadline" ]; do
    for item in "${items[@]}"; do
      has=$(remote_sql "${item%%=*}" 2 <<<"SELECT @@GLOBAL.rpl_semi_sync_replica_enabled AND GTID_SUBSET('$mine', @@gtid_executed)" 2>/dev/null) || has=0
      if [ "$has" = 1 ]; then
        successor=$item
        break
      fi
    done
  done
  [ -n "$successor" ] || return 0
  log "handing the primary role to member ${successor%%=*}"
  ask_lease release "$leader" "$successor" || return 0
  # The labels follow; until then this member still answers reads.
  sleep 1
}

"leave_$ARCHITECTURE"
