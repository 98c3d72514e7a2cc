#!/bin/bash
# Runs beside mysqld: says which role this member has, joins it to its group, and founds the group where that is proven to be safe.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh
case $ARCHITECTURE in
  group)
    # shellcheck source=group.sh
    . /opt/ballast/group.sh
    ;;
  replication)
    # shellcheck source=replication.sh
    . /opt/ballast/replication.sh
    ;;
esac

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

# survey [ORDINALS…]: asks these peers at once, or all, then compares transactions. Into `my_content` and `survey` (the lines that decide() and may_lead() read).
survey() {
  local ordinal state role majority gtids purged mine
  local -a asked=("$@")
  if [ $# = 0 ]; then
    for ((ordinal = 0; ordinal < replicas; ordinal++)); do [ "$ordinal" = "$me" ] || asked+=("$ordinal"); done
  fi
  read -r _ _ _ mine _ < <(local_sql -e "$SURVEY_QUERY") || return 1
  mine=${mine//[\[\]]/}
  [ -z "$mine" ] && my_content=empty || my_content=data
  local -a pids=()
  for ordinal in "${asked[@]}"; do
    remote_sql "$ordinal" 5 <<<"$SURVEY_QUERY" >"$RUN/.peer-$ordinal" 2>"$RUN/.peer-$ordinal.error" &
    pids+=($!)
  done
  wait "${pids[@]}" || true
  survey=''
  for ordinal in "${asked[@]}"; do
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
  epoch
  printf '%s\n' "$now" >"$RUN/copied"
  [ -e "$RUN/reclone" ] && mv "$RUN/reclone" "$RUN/reclone.done"
  return 0
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
  was=none next_join=0 ticks=0 state=OFFLINE sequence=0 catching=''
  publish none 0
  every 0.2 tick
}

main
