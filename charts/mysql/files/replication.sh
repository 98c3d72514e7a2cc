#!/bin/bash
# shellcheck shell=bash disable=SC2034,SC2153,SC2154
# The agent's part for `replication`: who holds the Lease is primary, all others follow it. Which members may take the Lease is decided by may_lead().
#
# What the Lease's annotations say, and who writes them:
#   LEADER   "ORDINAL=UUID", the volume that has every acknowledged transaction. Written by who takes the Lease.
#   IN_SYNC  "RUN,RUN…", the replicas whose acknowledgements count. Written by the primary. RUN is "ORDINAL=ID" of one run of a server, because what a replica has
#            received and not applied is gone when its server ends. "?" before them: none of them has everything yet. "-": the primary writes alone.
# An acknowledged transaction is on the primary's volume and on that of one of IN_SYNC. So whoever has everything that all of IN_SYNC have, and none of whom
# takes more from the old primary, has every acknowledged one.

LEASE_SECONDS=${LEASE_SECONDS:-3}
# Hundredths of a second.
ABSENT_FOR=200
ABSENT_WHILE_WRITES_WAIT=20
STALLED_FOR=300
# A Lease that is silent for so long counts even if the old primary's server still says that it is there.
SILENT_FOR_ALL=1000
# Transactions that a replica may lack when its acknowledgements begin to count.
NEAR=1000

# Since when each of IN_SYNC is not there.
declare -A absent=()

SOURCE="COALESCE((SELECT SUBSTRING_INDEX(SUBSTRING_INDEX(HOST, '.', 1), '-', -1) FROM performance_schema.replication_connection_configuration WHERE CHANNEL_NAME = '' AND HOST <> ''), '-')"
RECEIVED="(SELECT NULLIF(RECEIVED_TRANSACTION_SET, '') FROM performance_schema.replication_connection_status WHERE CHANNEL_NAME = '')"
OBSERVE="SELECT CONCAT_WS(' ', @@GLOBAL.super_read_only, @@GLOBAL.report_user, LEFT(@@server_uuid, 8), $SOURCE,
  COALESCE((SELECT SERVICE_STATE FROM performance_schema.replication_connection_status WHERE CHANNEL_NAME = ''), 'OFF'),
  COALESCE((SELECT SERVICE_STATE FROM performance_schema.replication_applier_status WHERE CHANNEL_NAME = ''), 'OFF'),
  COALESCE((SELECT LEAST(COALESCE(TIMESTAMPDIFF(MICROSECOND, LAST_HEARTBEAT_TIMESTAMP, NOW(6)), 99999999), COALESCE(TIMESTAMPDIFF(MICROSECOND, LAST_QUEUED_TRANSACTION_END_QUEUE_TIMESTAMP, NOW(6)), 99999999)) DIV 10000
    FROM performance_schema.replication_connection_status WHERE CHANNEL_NAME = ''), 9999),
  IF(@@GLOBAL.rpl_semi_sync_replica_enabled, 'ON', 'OFF'),
  COALESCE((SELECT MAX(LAST_ERROR_NUMBER) FROM performance_schema.replication_applier_status_by_worker WHERE CHANNEL_NAME = ''), 0),
  (SELECT COUNT(*) FROM performance_schema.threads WHERE PROCESSLIST_STATE IN ('waiting for handler commit', 'Waiting for disk space')))"
OBSERVE_REPLICAS="SELECT CONCAT_WS(' ', MAX(IF(VARIABLE_NAME = 'Rpl_semi_sync_source_clients', VARIABLE_VALUE, 0)), MAX(IF(VARIABLE_NAME = 'Rpl_semi_sync_source_wait_sessions', VARIABLE_VALUE, 0)),
  MAX(IF(VARIABLE_NAME = 'Rpl_semi_sync_source_yes_tx', CAST(VARIABLE_VALUE AS UNSIGNED), 0)), (SELECT COUNT(*) FROM performance_schema.threads WHERE PROCESSLIST_COMMAND LIKE 'Binlog Dump%'),
  @@GLOBAL.rpl_semi_sync_source_enabled) FROM performance_schema.global_status WHERE VARIABLE_NAME LIKE 'Rpl_semi_sync_source_%'"
# The lines of a survey: who runs there, whether it is read-only, whom it follows, and its transactions.
SURVEY_QUERY="SELECT CONCAT_WS(' ', @@GLOBAL.report_user, @@GLOBAL.super_read_only, $SOURCE,
  CONCAT('[', REPLACE(CONCAT_WS(',', NULLIF(@@gtid_executed, ''), $RECEIVED), '\n', ''), ']'), CONCAT('[', REPLACE(@@gtid_purged, '\n', ''), ']'))"

hundredths() {
  local uptime
  read -r uptime _ </proc/uptime
  instant=$((10#${uptime/./}))
}

beat() {
  beats=$((${beats:-0} + 1))
  printf '%s\n' "$beats" >"$RUN/beat"
}

read_lease() {
  read -r lease_version lease_seen holder term leader in_sync 2>/dev/null <"$RUN/lease"
}

# ask_lease look|take|keep|release LEADER IN_SYNC: fails without the API server's grant.
ask_lease() {
  local tries=0 verdict
  rm -f "$RUN/lease.answer"
  printf '%s %s %s %s %s\n' "$1" "$lease_version" "$term" "$2" "${3:--}" >"$RUN/.lease.ask" && mv "$RUN/.lease.ask" "$RUN/lease.ask"
  echo ask >"$RUN/lease.wake"
  until [ -e "$RUN/lease.answer" ]; do
    pause 0.05
    [ "$holder" != "$POD" ] || beat
    tries=$((tries + 1))
    if [ "$tries" -gt 140 ]; then
      rm -f "$RUN/lease.ask"
      return 1
    fi
  done
  verdict=$(cat "$RUN/lease.answer")
  read_lease
  [ "$verdict" = granted ] || {
    log "Lease: could not $1: ${verdict#denied }"
    return 1
  }
}

# in_list ITEM LIST
in_list() {
  [[ ,$2, == *,"$1",* ]]
}

# without ITEM LIST: prints the rest, - for nothing.
without() {
  local list=",$2,"
  list=${list/,"$1",/,}
  list=${list#,}
  list=${list%,}
  printf '%s' "${list:--}"
}

# ordinals_of LIST: prints them, blanks between.
ordinals_of() {
  local item all=''
  local -a items=()
  [ "$1" = - ] || IFS=, read -r -a items <<<"${1#\?}"
  for item in "${items[@]}"; do all+="${all:+ }${item%%=*}"; done
  printf '%s' "$all"
}

# Whatever was received is applied: before the source is changed, which throws away what is not, and before anybody may write.
apply_received() {
  local applied=''
  local_sql -e 'STOP REPLICA IO_THREAD; START REPLICA SQL_THREAD' 2>/dev/null || true
  read -r applied < <(local_sql -e "SELECT WAIT_FOR_EXECUTED_GTID_SET(COALESCE($RECEIVED, ''), 20)") || true
  [ "$applied" = 0 ]
}

point_to() {
  local_sql -e "STOP REPLICA; CHANGE REPLICATION SOURCE TO SOURCE_HOST='$(member_host "$1")', SOURCE_AUTO_POSITION=1, SOURCE_SSL=1, SOURCE_SSL_CA='/etc/ballast/tls/ca.crt',
    SOURCE_CONNECT_RETRY=1, SOURCE_RETRY_COUNT=2, SOURCE_HEARTBEAT_PERIOD=0.5"
}

# start_replica ON|OFF: whether the source is told what was received.
start_replica() {
  local_sql <<<"STOP REPLICA IO_THREAD; SET GLOBAL offline_mode=OFF; SET GLOBAL rpl_semi_sync_replica_enabled=$1;
START REPLICA USER='ballast_replication' PASSWORD=$(sql_string "$(secret replication-password)");"
}

# extras: my transactions that the surveyed member lacks. Fails where they are not all of this server's own.
extras() {
  local theirs
  read -r _ _ _ theirs _ <"$RUN/.peer-$1" || return 1
  read -r extra foreign < <(local_sql -e "SELECT REPLACE(GTID_SUBTRACT(@@gtid_executed, '${theirs//[\[\]]/}'), '\n', ''), LENGTH(GTID_SUBTRACT(@@gtid_executed, '${theirs//[\[\]]/}')) > 0
    AND REGEXP_REPLACE(GTID_SUBTRACT(@@gtid_executed, '${theirs//[\[\]]/}'), CONCAT(@@server_uuid, '(:[0-9]+(-[0-9]+)?)+'), '') <> ''") || return 1
  [ "$foreign" = 0 ]
}

replace_data() {
  clone_from "$1" && rm -f "$DATA/led"
}

attach() {
  local to=$1 wanted=$2 read_only peer_in_me me_in_peer missing purged_in_me
  survey "$to" || return 0
  read -r _ state read_only _ peer_in_me me_in_peer _ missing purged_in_me <<<"$survey"
  if [ "$state" = unreachable ] || [ "$read_only" = 1 ]; then
    say "waiting until member $to takes writes"
  elif [ "$me_in_peer" = 0 ] && [ ! -e "$RUN/reclone" ] && ! { [ -e "$DATA/led" ] && extras "$to"; }; then
    say "staying out: my volume has transactions that the primary has not: look at them, then annotate this pod with ballast.dev/reclone=true to replace my data by a copy"
  elif in_list "$me=$run" "${in_sync#\?}" && { [ "$me_in_peer" = 0 ] || [ "$purged_in_me" = 0 ] || [ -e "$RUN/reclone" ]; }; then
    say "waiting until the primary counts on me no more, before my data is replaced"
  elif [ "$me_in_peer" = 0 ] || [ -e "$RUN/reclone" ]; then
    # A primary before it, whose last writes nobody acknowledged: who sent them was told nothing, or that the connection broke.
    if [ -e "$RUN/reclone" ]; then log "dropping my data, as the annotation says"; else log "dropping transactions that were never acknowledged: $extra"; fi
    with_heartbeat replace_data "$to"
  elif [ "$purged_in_me" = 0 ] || [ "$missing" -gt "$(clone_above "$CLONE_ABOVE")" ]; then
    with_heartbeat replace_data "$to"
  elif start_replica "$wanted"; then
    rm -f "$DATA/led"
    say "following member $to"
  else
    say "could not follow member $to, will try again: see the server's log"
  fi
}

follow() {
  local to=$1 wanted=OFF
  in_list "$me=$run" "${in_sync#\?}" && wanted=ON
  if [ "$source" != "$to" ]; then
    if [ "$source" = - ] || apply_received; then point_to "$to" || say "could not turn to member $to, will try again: see the server's log"; fi
  elif [ "$sql" = OFF ] && [ "$failure" != 0 ] && [ ! -e "$RUN/reclone" ]; then
    # What it receives and can't apply is no help to anybody: the primary counts on it no more, and it tries again in a minute.
    say "replication stopped with error $failure, because my data is not the primary's: see the server's log, then annotate this pod with ballast.dev/reclone=true to replace it by a copy"
    if [ "$io" != OFF ]; then local_sql -e 'STOP REPLICA IO_THREAD'; fi
    hundredths
    [ "${failed_at:-0}" != 0 ] || failed_at=$instant
    if [ $((instant - failed_at)) -ge 6000 ]; then failed_at=0 && start_replica OFF; fi
  elif [ "$sql" = ON ] && [ "$io" != OFF ]; then
    [ "$acks" = "$wanted" ] || start_replica "$wanted" || true
  else
    hundredths
    [ "$instant" -ge "${next_attempt:-0}" ] || return 0
    attach "$to" "$wanted"
    hundredths
    next_attempt=$((instant + 50))
  fi
}

# seek: nobody leads, or the one that does is silent. Fails where this one does not take over.
seek() {
  local choice others=''
  if [ "$term" = 0 ]; then
    facts || return 1
    others=all
  elif [ "$leader" != "$me=$uuid" ] && [ "${in_sync#\?}" = "$in_sync" ] && in_list "$me=$run" "$in_sync"; then
    others=$(ordinals_of "$(without "$me=$run" "$in_sync")")
  fi
  survey='' my_content=data
  # shellcheck disable=SC2086  # several ordinals
  case $others in
    all) survey || return 1 ;;
    ?*) survey $others || return 1 ;;
  esac
  choice=$(may_lead "$me" "${replicas:-0}" "$term" "$leader" "$in_sync" "$uuid" "$run" "$my_content" "${formed:-false}" <<<"$survey")
  if [ "$choice" != lead ]; then
    say "${choice%% *}: ${choice#* }"
    return 1
  fi
  # Whoever can't hear the API server would take every holder for silent, and must not leave one whose writes it acknowledges.
  [ "$holder" = - ] || ask_lease look "$leader" "$in_sync" || return 1
  # What is received is gone when the server ends, and who leads has everything for good.
  [ "$source" = - ] || apply_received || return 1
  # Of the others nobody knows yet whether they have everything.
  others=$in_sync
  [ "$leader" = "$me=$uuid" ] || others=$(without "$me=$run" "$in_sync")
  [ "$others" = - ] || [ "${others#\?}" != "$others" ] || [ "$leader" = "$me=$uuid" ] || others="?$others"
  log "taking the Lease: $holder held it last, term $term, leader $leader, in sync $in_sync"
  ask_lease take "$me=$uuid" "$others" || return 1
  catching=''
  promote
}

# Only once none of IN_SYNC takes more from the primary before, and I have what they have.
promote() {
  local ordinal id follows peer_in_me ordinals
  if [ "$source" != - ]; then
    ordinals=$(ordinals_of "$in_sync")
    [ -n "$catching" ] || local_sql -e 'STOP REPLICA IO_THREAD' || return 0
    if [ -n "$ordinals" ]; then
      # shellcheck disable=SC2086  # several ordinals
      survey $ordinals || return 0
      while read -r ordinal id _ follows peer_in_me _; do
        [ -n "$ordinal" ] || continue
        if ! in_list "$ordinal=$id" "${in_sync#\?}" || [ "$follows" != "$me" ]; then
          say "waiting for member $ordinal to turn to me: it may have acknowledged writes that I lack"
          return 0
        fi
        if [ "$peer_in_me" = 0 ]; then
          say "fetching from member $ordinal what I lack"
          [ "$catching" = "$ordinal" ] || { apply_received && point_to "$ordinal" && start_replica OFF && catching=$ordinal; } || true
          return 0
        fi
      done <<<"$survey"
    fi
    apply_received || return 0
    local_sql -e 'STOP REPLICA; RESET REPLICA ALL' || return 0
  fi
  : >"$DATA/led"
  local semisync=ON
  [ "$in_sync" != - ] || semisync=OFF
  local_sql -e "SET GLOBAL rpl_semi_sync_source_enabled=$semisync; SET GLOBAL offline_mode=OFF; SET GLOBAL read_only=OFF" || return 0
  catching='' role=primary
}

# Another leads by now. Writes that wait for an acknowledgement, which nobody gives any more, would hold up read_only for ever: they end with the server.
demote() {
  log "member $holder holds the Lease by now: no more writes here"
  if ! timeout 1 "${local_client[@]}" -e 'SET GLOBAL super_read_only=ON; SET GLOBAL rpl_semi_sync_source_enabled=OFF' 2>/dev/null; then
    log "writes wait here that nobody will acknowledge: ending the server with them"
    kill -KILL "$(cat "$RUN/mysqld.pid")" || true
  fi
}

set_in_sync() {
  ask_lease keep "$leader" "$1"
}

semisync() {
  [ "$semisync" = "$1" ] || { local_sql -e "SET GLOBAL rpl_semi_sync_source_enabled=$1" && semisync=$1; }
}

# lag_of ORDINAL: how many of my transactions the surveyed member lacks.
lag_of() {
  local theirs lacks=''
  read -r _ _ _ theirs _ <"$RUN/.peer-$1" || return 1
  lacks=$(local_sql -e "SELECT REPLACE(GTID_SUBTRACT(@@gtid_executed, '${theirs//[\[\]]/}'), '\n', '')") || return 1
  count_gtids "$lacks"
}

# whole LIST: whether one of these replicas has everything that is committed here.
whole() {
  local ordinal id me_in_peer
  # shellcheck disable=SC2046  # several ordinals
  survey $(ordinals_of "$1") || return 1
  while read -r ordinal id _ _ _ me_in_peer _; do
    if [ -n "$ordinal" ] && [ "$id" != unreachable ] && [ "$me_in_peer" = 1 ]; then return 0; fi
  done <<<"$survey"
  return 1
}

# Which replicas' acknowledgements count, by who is there.
tend_replicas() {
  local clients waiting acked dumps attached='' item limit rest list=${in_sync#\?} newcomers='' id ordinal
  local -a items=()
  ask "$OBSERVE_REPLICAS" || return 0
  read -r clients waiting acked dumps semisync <<<"$answer"
  [ "$semisync" = 1 ] && semisync=ON || semisync=OFF
  [ "$list" = - ] || IFS=, read -r -a items <<<"$list"
  hundredths
  if [ "$waiting" = 0 ] || [ "$acked" != "${last_acked:-}" ]; then last_acked=$acked acked_at=$instant; fi
  if [ "$in_sync" = "$list" ] && [ "$clients" = "${#items[@]}" ] && [ "$dumps" = "${#items[@]}" ] && [ $((instant - acked_at)) -lt "$STALLED_FOR" ]; then return 0; fi

  # Server's number, host, and who runs there.
  while IFS=$'\t' read -r ordinal _ id _; do attached+=",$((ordinal % 16 - 1))=$id"; done < <(local_sql -e 'SHOW REPLICAS')
  attached=${attached#,}

  # Who has not answered is asked no more.
  if [ "$waiting" != 0 ] && [ $((instant - acked_at)) -ge "$STALLED_FOR" ]; then
    log "writes wait for an acknowledgement for $(((instant - acked_at) / 100)) s: cutting off all replicas, which may come again"
    local_sql -e "SELECT CONCAT('KILL ', PROCESSLIST_ID, ';') FROM performance_schema.threads WHERE PROCESSLIST_COMMAND LIKE 'Binlog Dump%'" | local_sql || true
    attached='' acked_at=$instant
    for item in "${items[@]}"; do absent[$item]=0; done
  fi

  limit=$ABSENT_FOR rest=$list
  [ "$waiting" = 0 ] || limit=$ABSENT_WHILE_WRITES_WAIT
  for item in "${items[@]}"; do
    if in_list "$item" "$attached"; then
      unset "absent[$item]"
    else
      [ -n "${absent[$item]:-}" ] || absent[$item]=$instant
      [ $((instant - absent[$item])) -lt "$limit" ] || rest=$(without "$item" "$rest")
    fi
  done
  if [ "$rest" != "$list" ]; then
    if [ "$rest" != - ]; then
      [ "$in_sync" = "$list" ] || rest="?$rest"
      if [ "$in_sync" != "$list" ] || whole "$rest"; then set_in_sync "$rest" || true; fi
    elif [ "$WRITES_ALONE" = true ]; then
      set_in_sync - && semisync OFF && say "primary, writing alone: no replica is there"
    else
      say "writes wait: no replica is there"
    fi
    return 0
  fi

  IFS=, read -r -a items <<<"$attached"
  for item in "${items[@]}"; do
    [ -n "$item" ] && ! in_list "$item" "$list" || continue
    survey "${item%%=*}" && [ "$(lag_of "${item%%=*}")" -le "$NEAR" ] && newcomers+=",$item" || true
  done
  newcomers=${newcomers#,}
  if [ -n "$newcomers" ]; then
    # While the primary wrote alone, only it has everything: their acknowledgements count first, and then they may lead.
    if [ "$in_sync" = - ]; then set_in_sync "?$newcomers" || true; else set_in_sync "$in_sync,$newcomers" || true; fi
  elif [ "$in_sync" != "$list" ] && [ "$clients" -ge 1 ] && semisync ON && whole "$list" && set_in_sync "$list"; then
    say primary
  fi
}

silent() {
  hundredths
  local quiet_for=$((instant - lease_seen))
  [ "$quiet_for" -ge $((LEASE_SECONDS * 100)) ] && { [ "$heard" -ge 200 ] || [ "$io" != ON ] || [ "$quiet_for" -ge "$SILENT_FOR_ALL" ]; }
}

tick_replication() {
  local read_only heard committing
  role=none
  if ! read_lease; then
    publish none 0
    say "waiting for the sidecar to read the Lease"
    return 0
  fi
  if ! ask "$OBSERVE"; then
    publish none "$term.0"
    # Its container would tell the end of all; a server that ended alone starts again beside this loop.
    if [ "$was" = primary ] && [ "$holder" = "$POD" ] && ! kill -0 "$(cat "$RUN/mysqld.pid" 2>/dev/null)" 2>/dev/null; then
      ask_lease release "$leader" "$in_sync" || true
      was=none
    fi
    return 0
  fi
  read -r read_only run uuid source io sql heard acks failure committing <<<"$answer"
  if [ $((ticks % 50)) = 0 ] || [ ! -e "$RUN/replication.cnf" ]; then client_file "$RUN/replication.cnf" ballast_replication "$(secret replication-password)"; fi
  if [ "$holder" = "$POD" ]; then
    beat
    if [ "$leader" != "$me=$uuid" ]; then
      say "my volume is not the one that led"
      ask_lease release "$leader" "$in_sync" || true
    elif [ "$read_only" = 0 ]; then
      role=primary
      if [ "$in_sync" != - ] && [ "${in_sync#\?}" = "$in_sync" ] && no_room "$committing"; then
        give_up
      elif [ ! -e "$RUN/stopping" ]; then
        tend_replicas
      fi
    elif [ ! -e "$RUN/stopping" ]; then
      promote
    fi
  elif [ "$read_only" = 0 ]; then
    demote
  elif [ "$holder" != - ] && ! silent; then
    [ -e "$RUN/stopping" ] || follow "$(ordinal_of "$holder")"
  elif [ ! -e "$RUN/stopping" ]; then
    seek || [ "$holder" = - ] || follow "$(ordinal_of "$holder")"
  fi
  # While a primary hands over, its successor's label comes before its own goes: see charts/common, role.sh.
  if [ -e "$RUN/stopping" ] && [ "$read_only" = 1 ] && [ "$was" != none ]; then
    role=replica
    [ "$holder" != "$POD" ] || role=$was
  fi
  # A replica serves from when it could lead: a rolling upgrade goes on only then.
  if [ "$role" = none ] && [ "$read_only" = 1 ] && [ "$source" != - ] && [ "$sql" = ON ] && { [ "$was" = replica ] || { [ "$io" = ON ] && in_list "$me=$run" "$in_sync" && [ "${in_sync#\?}" = "$in_sync" ]; }; }; then role=replica; fi
  publish "$role" "$term.0"
  [ "$was" = primary ] && [ "$role" != primary ] && cut_off_clients
  [ "$was" != "$role" ] && [ "$role" != none ] && say "$role"
  was=$role
}
