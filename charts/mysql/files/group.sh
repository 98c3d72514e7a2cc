#!/bin/bash
# shellcheck shell=bash disable=SC2034,SC2153,SC2154
# The agent's part for `group`: joins this member to its group, and founds the group where that is proven to be safe.

MAX_MEMBERS=9
OBSERVE="SELECT CONCAT_WS(' ', COALESCE(me.MEMBER_STATE, 'OFFLINE'), COALESCE(NULLIF(me.MEMBER_ROLE, ''), 'NONE'),
  COALESCE(g.reachable, 0), COALESCE(g.total, 0), @@GLOBAL.super_read_only,
  COALESCE((SELECT REPLACE(VIEW_ID, ':', '.') FROM performance_schema.replication_group_member_stats WHERE MEMBER_ID = @@server_uuid), '0'),
  COALESCE(g.hosts, '-'), COALESCE(g.unreachable, '-'),
  (SELECT COUNT(*) FROM performance_schema.threads WHERE PROCESSLIST_STATE IN ('waiting for handler commit', 'Waiting for disk space')))
FROM (SELECT SUM(MEMBER_STATE IN ('ONLINE', 'RECOVERING')) reachable, COUNT(*) total,
        GROUP_CONCAT(SUBSTRING_INDEX(MEMBER_HOST, '.', 1)) hosts,
        GROUP_CONCAT(IF(MEMBER_STATE = 'UNREACHABLE', SUBSTRING_INDEX(MEMBER_HOST, '.', 1), NULL)) unreachable FROM performance_schema.replication_group_members WHERE MEMBER_STATE <> 'OFFLINE') g
LEFT JOIN performance_schema.replication_group_members me ON me.MEMBER_ID = @@server_uuid"

# The state that peers and decide() want, of the server it is asked of.
SURVEY_QUERY="
SELECT CONCAT_WS(' ',
  COALESCE((SELECT MEMBER_STATE FROM performance_schema.replication_group_members WHERE MEMBER_ID = @@server_uuid), 'OFFLINE'),
  COALESCE((SELECT NULLIF(MEMBER_ROLE, '') FROM performance_schema.replication_group_members WHERE MEMBER_ID = @@server_uuid), 'NONE'),
  (SELECT COALESCE(SUM(MEMBER_STATE IN ('ONLINE', 'RECOVERING')) * 2 > COUNT(*), 0) FROM performance_schema.replication_group_members),
  CONCAT('[', REPLACE(CONCAT_WS(',', NULLIF(@@gtid_executed, ''),
    (SELECT NULLIF(RECEIVED_TRANSACTION_SET, '') FROM performance_schema.replication_connection_status WHERE CHANNEL_NAME = 'group_replication_applier')), '\n', ''), ']'),
  CONCAT('[', REPLACE(@@gtid_purged, '\n', ''), ']'));"

decision() {
  local reclone=no
  [ -e "$RUN/reclone" ] && reclone=yes
  decide "$me" "$replicas" "$formed" "$my_content" "$reclone" "$(clone_above "$CLONE_ABOVE")" <<<"$survey"
}

# The plugin's settings that depend on the group: who may connect (names, resolved anew at each connection), whom to ask, and whether the primary alone orders its messages.
configure_group() {
  local ordinal seeds='' allowed=''
  for ((ordinal = 0; ordinal < MAX_MEMBERS; ordinal++)); do
    allowed+="${allowed:+,}$(member_host "$ordinal")"
    [ "$ordinal" -lt "$replicas" ] && [ "$ordinal" != "$me" ] && seeds+="${seeds:+,}$(member_host "$ordinal"):33061"
  done
  local_sql -e "SET GLOBAL group_replication_group_name='$group'; SET GLOBAL group_replication_local_address='$(member_host "$me"):33061';
    SET GLOBAL group_replication_group_seeds='$seeds'; SET GLOBAL group_replication_ip_allowlist='$allowed';
    SET GLOBAL group_replication_paxos_single_leader=$1"
}

# start_group BOOTSTRAP SINGLE_LEADER
start_group() {
  configure_group "$2"
  local_sql <<<"SET GLOBAL super_read_only=ON; SET GLOBAL offline_mode=OFF; SET GLOBAL group_replication_bootstrap_group=$1;
START GROUP_REPLICATION USER='ballast_replication', PASSWORD=$(sql_string "$(secret replication-password)");" || {
    local_sql -e 'SET GLOBAL group_replication_bootstrap_group=OFF'
    return 1
  }
  local_sql -e 'SET GLOBAL group_replication_bootstrap_group=OFF'
}

# Once granted, looks at the peers again.
bootstrap() {
  ask_to_found "$my_content" && survey && [ "$(decision)" = bootstrap ] || return 0
  say "founding the group: every one of $replicas members answered, none is in a group, none has a transaction that I lack"
  start_group ON "$SINGLE_LEADER" || say "could not found the group: see the server's log"
}

# join_group PEER: what a group was founded with holds for whoever joins it. One that still counts on my former run, which it expels within 6 s, would refuse me, and the plugin
# tries no more for half a minute.
join_group() {
  local single='' counted=''
  kib_left
  if [ "$left" -lt 65536 ]; then
    say "staying out of the group: less than 64 MiB are left on my volume"
    return 0
  fi
  read -r single counted < <(remote_sql "$1" 5 <<<"SELECT MAX(WRITE_CONSENSUS_SINGLE_LEADER_CAPABLE), (SELECT COUNT(*) FROM performance_schema.replication_group_members
    WHERE MEMBER_HOST = '$(member_host "$me")') FROM performance_schema.replication_group_communication_information") || true
  case $single$counted in
    [01]0) say "joining the group of member $1" && { start_group OFF "$single" || say "joining failed, will try again: see the server's log"; } ;;
    [01]*) say "waiting until the group of member $1 has expelled my former run" ;;
    *) say "waiting: member $1 does not say how its group was founded" ;;
  esac
}

join() {
  local choice
  if [ "$state" = ERROR ]; then
    log "this member was expelled or failed: leaving the group to join it anew"
    local_sql -e 'STOP GROUP_REPLICATION' || return 0
  fi
  if ! facts; then
    say "waiting for the role sidecar to read the StatefulSet and the group's ConfigMap"
    return 0
  fi
  survey || return 0
  choice=$(decision)
  case $choice in
    join*) join_group "${choice#join }" ;;
    clone*) clone_from "${choice#clone }" ;;
    bootstrap) bootstrap ;;
    wait*) say "waiting: ${choice#wait }" ;;
    refuse*) say "staying out of the group: ${choice#refuse }" ;;
  esac
}

tick_group() {
  local role reachable total read_only view hosts silent committing
  if ! ask "$OBSERVE"; then
    tell_unreachable ''
    publish none 0
    return 0
  fi
  read -r state role reachable total read_only view hosts silent committing <<<"$answer"
  role=$(role_of "$state" "$role" "$reachable" "$total" "$read_only")
  if [ "$hosts" != "${members:-}" ]; then
    members=$hosts
    printf '%s\n' "${hosts//,/ }" >"$RUN/.members" && mv "$RUN/.members" "$RUN/members"
  fi
  # What a minority can't reach is the others' to judge.
  [ "$role" = replica ] && [ "$silent" != - ] || silent=''
  tell_unreachable "${silent//,/ }"
  publish "$role" "$view"
  [ "$was" = primary ] && [ "$role" != primary ] && cut_off_clients
  [ "$was" != "$role" ] && [ "$role" != none ] && say "$role"
  was=$role
  # Without me, the others have to be a majority of those that are there now.
  if [ "$role" = primary ] && [ $(((reachable - 1) * 2)) -gt "$total" ] && no_room "$committing"; then give_up; fi
  case $state in
    OFFLINE | ERROR)
      epoch
      if [ "$now" -ge "$next_join" ] && [ ! -e "$RUN/stopping" ]; then
        client_file "$RUN/replication.cnf" ballast_replication "$(secret replication-password)"
        with_heartbeat join
        epoch
        next_join=$((now + 1))
      fi
      ;;
  esac
}
