#!/bin/bash
# shellcheck disable=SC2153  # CLONE_ABOVE is the environment's, clone_above a local of lib.sh
# Runs beside mysqld: says which role this member has, joins it to its group, and founds the group where that is proven to be safe.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

MAX_MEMBERS=9
OBSERVE="SELECT CONCAT_WS(' ', COALESCE(me.MEMBER_STATE, 'OFFLINE'), COALESCE(NULLIF(me.MEMBER_ROLE, ''), 'NONE'),
  COALESCE(g.reachable, 0), COALESCE(g.total, 0), @@GLOBAL.super_read_only,
  COALESCE((SELECT REPLACE(VIEW_ID, ':', '.') FROM performance_schema.replication_group_member_stats WHERE MEMBER_ID = @@server_uuid), '0'),
  COALESCE(g.hosts, '-'), COALESCE(g.unreachable, '-'))
FROM (SELECT SUM(MEMBER_STATE IN ('ONLINE', 'RECOVERING')) reachable, COUNT(*) total,
        GROUP_CONCAT(SUBSTRING_INDEX(MEMBER_HOST, '.', 1)) hosts,
        GROUP_CONCAT(IF(MEMBER_STATE = 'UNREACHABLE', SUBSTRING_INDEX(MEMBER_HOST, '.', 1), NULL)) unreachable FROM performance_schema.replication_group_members WHERE MEMBER_STATE <> 'OFFLINE') g
LEFT JOIN performance_schema.replication_group_members me ON me.MEMBER_ID = @@server_uuid"

# ask QUERY: one row into `answer`; fails when the server does not answer within 2 s.
ask() {
  session_runs own || session_start own unheard "${local_client[@]}" --unbuffered --skip-reconnect
  sequence=$((sequence + 1))
  printf 'SELECT %s; %s;\n' "$sequence" "$1" >&"${session_in[own]}"
  local number=''
  if read -r -t 2 -u "${session_out[own]}" number && [ "$number" = "$sequence" ] && read -r -t 2 -u "${session_out[own]}" answer; then
    return 0
  fi
  session_close own
  return 1
}

# Clients of a former primary would go on to get "read only" errors from it: they are cut off, and reconnect to its successor.
cut_off_clients() {
  log "no longer primary: cutting off application connections"
  local_sql -e 'SET GLOBAL offline_mode=ON; SET GLOBAL offline_mode=OFF' || true
}

# The role file goes on telling that this loop is alive while a join or a copy, which may take hours, holds it up.
with_heartbeat() {
  every 1 publish none 0 &
  local heartbeat=$!
  "$@" || true
  kill "$heartbeat" 2>/dev/null || true
  wait "$heartbeat" 2>/dev/null || true
}

# survey: asks every peer at once, then compares transactions. Into `my_content` and `survey` (the lines that decide() reads).
survey() {
  local ordinal state role majority gtids purged mine
  read -r _ _ _ mine _ < <(local_sql -e "$SURVEY_QUERY") || return 1
  mine=${mine//[\[\]]/}
  [ -z "$mine" ] && my_content=empty || my_content=data
  local -a pids=()
  for ((ordinal = 0; ordinal < replicas; ordinal++)); do
    [ "$ordinal" = "$me" ] && continue
    remote_sql "$ordinal" 5 <<<"$SURVEY_QUERY" >"$RUN/.peer-$ordinal" 2>"$RUN/.peer-$ordinal.error" &
    pids+=($!)
  done
  wait "${pids[@]}" || true
  survey=''
  for ((ordinal = 0; ordinal < replicas; ordinal++)); do
    [ "$ordinal" = "$me" ] && continue
    state=''
    read -r state role majority gtids purged <"$RUN/.peer-$ordinal" || true
    if [ -z "$state" ]; then
      survey+="$ordinal unreachable - 0 0 0 - 0 0"$'\n'
      continue
    fi
    gtids=${gtids//[\[\]]/} purged=${purged//[\[\]]/}
    local peer_in_me me_in_peer missing purged_in_me content=data
    [ -z "$gtids" ] && content=empty
    IFS=$'\t' read -r peer_in_me me_in_peer purged_in_me missing < <(local_sql -e "SELECT GTID_SUBSET('$gtids', '$mine'), GTID_SUBSET('$mine', '$gtids'),
      GTID_SUBSET('$purged', '$mine'), CONCAT('[', REPLACE(GTID_SUBTRACT('$gtids', '$mine'), '\n', ''), ']')") || return 1
    missing=${missing//[\[\]]/}
    survey+="$ordinal $state $role $majority $peer_in_me $me_in_peer $content $(count_gtids "$missing") $purged_in_me"$'\n'
  done
}

decision() {
  local reclone=no
  [ -e "$RUN/reclone" ] && reclone=yes
  decide "$me" "$replicas" "$formed" "$my_content" "$reclone" "$CLONE_ABOVE" <<<"$survey"
}

# The plugin's settings that depend on the group: who may connect (names, resolved anew at each connection) and whom to ask.
configure_group() {
  local ordinal seeds='' allowed=''
  for ((ordinal = 0; ordinal < MAX_MEMBERS; ordinal++)); do
    allowed+="${allowed:+,}$(member_host "$ordinal")"
    [ "$ordinal" -lt "$replicas" ] && [ "$ordinal" != "$me" ] && seeds+="${seeds:+,}$(member_host "$ordinal"):33061"
  done
  local_sql -e "SET GLOBAL group_replication_group_name='$group'; SET GLOBAL group_replication_local_address='$(member_host "$me"):33061';
    SET GLOBAL group_replication_group_seeds='$seeds'; SET GLOBAL group_replication_ip_allowlist='$allowed'"
}

start_group() {
  configure_group
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
  start_group ON || say "could not found the group: see the server's log"
}

# Replaces all data here by a copy. Only called when the donor has every transaction of mine, or the operator asked for it.
clone_from() {
  say "replacing my data by a copy of member $1"
  local donor password
  donor=$(member_host "$1")
  password=$(sql_string "$(secret replication-password)")
  if ! local_sql <<<"SET GLOBAL offline_mode=ON; SET GLOBAL super_read_only=OFF; SET GLOBAL clone_valid_donor_list='$donor:3306';
CLONE INSTANCE FROM 'ballast_replication'@'$donor':3306 IDENTIFIED BY $password REQUIRE SSL;" 2>"$RUN/.clone-error"; then
    # Losing the connection is how success looks: the server restarts on the copy.
    if kill -0 "$(cat "$RUN/mysqld.pid" 2>/dev/null)" 2>/dev/null && local_sql -e 'SET GLOBAL super_read_only=ON' 2>/dev/null; then
      say "copying from member $1 failed, will try again: $(tail -n 1 "$RUN/.clone-error")"
      return 0
    fi
  fi
  [ -e "$RUN/reclone" ] && mv "$RUN/reclone" "$RUN/reclone.done"
  return 0
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
    join*) say "joining the group of member ${choice#join }" && { start_group OFF || say "joining failed, will try again: see the server's log"; } ;;
    clone*) clone_from "${choice#clone }" ;;
    bootstrap) bootstrap ;;
    wait*) say "waiting: ${choice#wait }" ;;
    refuse*) say "staying out of the group: ${choice#refuse }" ;;
  esac
}

# Passwords that were changed in the Secret. The old ones stay valid (MySQL's dual passwords) until the next change, so nobody is cut off.
rotate_passwords() {
  local account key seen
  changed "$AUTH/root-password" "$AUTH/replication-password" "$AUTH/monitor-password" || return 0
  seen=$held
  while read -r account key; do
    client_file "$RUN/check.cnf" "$account" "$(secret "$key")"
    if ! mysql --defaults-file="$RUN/check.cnf" --host=127.0.0.1 --connect-timeout=3 -e 'DO 0' 2>"$RUN/.check-error"; then
      grep -q 'Access denied' "$RUN/.check-error" || return 0
      log "the Secret's $key changed: changing the account $account"
      local_sql <<<"ALTER USER $account@'%' IDENTIFIED BY $(sql_string "$(secret "$key")") RETAIN CURRENT PASSWORD" || return 0
    fi
  done <<<"root root-password
ballast_replication replication-password
ballast_monitor monitor-password"
  rm -f "$RUN/check.cnf"
  applied=$seen
}

tick_group() {
  local role reachable total read_only view hosts silent
  if ! ask "$OBSERVE"; then
    tell_unreachable ''
    publish none 0
    return 0
  fi
  read -r state role reachable total read_only view hosts silent <<<"$answer"
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

tick_standalone() {
  if ask 'SELECT 1'; then
    publish primary 0
    was=primary
  else
    publish none 0
    was=none
  fi
}

tick() {
  "tick_$ARCHITECTURE"
  if [ ! -e "$DATA/accounts-created" ] && [ "$was" != none ]; then
    : >"$DATA/accounts-created"
    rm -f "$RUN/accounts.sql"
  fi
  if [ $((ticks % 10)) = 0 ] && [ "$was" = primary ]; then rotate_passwords; fi
  ticks=$((ticks + 1))
}

main() {
  open_pipes
  me=$(ordinal_of "$POD")
  was=none next_join=0 ticks=0 state=OFFLINE sequence=0
  publish none 0
  every 0.2 tick
}

main
