#!/bin/bash
# preStop: a primary hands over before it goes, so that clients wait for a switch-over and not for a failure detection.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

deadline=$((SECONDS + ${HANDOVER_SECONDS:-20}))

row() {
  local_sql -e "$1" 2>/dev/null || true
}

my_role() {
  row "SELECT MEMBER_ROLE FROM performance_schema.replication_group_members WHERE MEMBER_ID = @@server_uuid AND MEMBER_STATE = 'ONLINE'"
}

# A member that is still joining would be left without a donor, or stall the group when the view changes under it.
while [ "$SECONDS" -lt "$deadline" ] && [ "$(row "SELECT COUNT(*) FROM performance_schema.replication_group_members WHERE MEMBER_STATE = 'RECOVERING'")" != 0 ]; do
  [ -n "$(my_role)" ] || break
  sleep 0.5
done

if [ "$(my_role)" = PRIMARY ]; then
  successor=$(row "SELECT m.MEMBER_ID FROM performance_schema.replication_group_members m JOIN performance_schema.replication_group_member_stats s USING (MEMBER_ID)
    WHERE m.MEMBER_STATE = 'ONLINE' AND m.MEMBER_ROLE = 'SECONDARY' ORDER BY s.COUNT_TRANSACTIONS_REMOTE_IN_APPLIER_QUEUE, m.MEMBER_HOST LIMIT 1")
  if [ -n "$successor" ]; then
    # The pod's end changes Services by itself, and kube-proxy applies the first change at once, those that follow together a second later.
    # Until both are done, the hand-over's own would wait; meanwhile this member answers as ever.
    sleep 2.5
    log "handing the primary role to $successor"
    row "SELECT group_replication_set_as_primary('$successor', 5)" >&2
    # The labels follow; until then this member still answers reads.
    while [ "$SECONDS" -lt "$deadline" ] && [ "$(my_role)" = PRIMARY ]; do sleep 0.1; done
    sleep 1
  fi
fi
: >"$RUN/stopping"
timeout 20 mysql --no-defaults --user=root --socket="$RUN/mysqld.sock" -e 'STOP GROUP_REPLICATION' 2>/dev/null || true
