#!/bin/bash
# The mysql container's main process: makes the data directory, runs mysqld and the agent, restarts mysqld where that is safe.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

stopping=''
mysqld_pid=''

terminate() {
  stopping=yes
  : >"$RUN/stopping"
  if [ -n "$mysqld_pid" ]; then kill -TERM "$mysqld_pid" 2>/dev/null || true; fi
}

# initial_settings FILE: settings that only an empty volume can be given, as arguments. What was there before keeps its own, or the server says why it can't.
initial_settings() {
  sed -nE 's/^(lower[-_]case[-_]table[-_]names|innodb[-_]page[-_]size|innodb[-_]data[-_]file[-_]path|innodb[-_]undo[-_]directory|innodb[-_]data[-_]home[-_]dir)=/--\1=/p' "$1"
}

# Made beside the data directory and renamed into place, so that an interrupted initialisation leaves nothing half-done.
initialise() {
  [ -d "$DATA/data" ] && return 0
  local -a settings
  mapfile -t settings < <(initial_settings /etc/my.cnf)
  log "initialising an empty volume"
  rm -rf "$DATA/.initialising" "$DATA/accounts-created"
  mysqld --no-defaults --initialize-insecure --datadir="$DATA/.initialising" --innodb-redo-log-capacity=67108864 --skip-log-bin \
    --performance-schema=OFF --innodb-buffer-pool-size=67108864 --innodb-flush-log-at-trx-commit=0 "${settings[@]}"
  rm -f "$DATA/.initialising/auto.cnf"
  sync -f "$DATA/.initialising"
  mv "$DATA/.initialising" "$DATA/data"
}

# The accounts that the chart itself uses. Written by every new member for itself and kept out of the binary log: the transactions
# of a fresh member stay empty, which is how it is known as one.
accounts_sql() {
  local root replication monitor
  root=$(sql_string "$(secret root-password)")
  replication=$(sql_string "$(secret replication-password)")
  monitor=$(sql_string "$(secret monitor-password)")
  printf '%s;\n' "SET sql_log_bin=0" \
    "ALTER USER root@localhost IDENTIFIED WITH auth_socket AS 'mysql'" \
    "CREATE USER IF NOT EXISTS root@'%' IDENTIFIED BY $root" "GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION" \
    "CREATE USER IF NOT EXISTS ballast_replication@'%' IDENTIFIED BY $replication" \
    "GRANT REPLICATION SLAVE, BACKUP_ADMIN, CONNECTION_ADMIN, GROUP_REPLICATION_STREAM ON *.* TO ballast_replication@'%'" \
    "GRANT SELECT ON performance_schema.* TO ballast_replication@'%'" \
    "CREATE USER IF NOT EXISTS ballast_monitor@'%' IDENTIFIED BY $monitor WITH MAX_USER_CONNECTIONS 5" \
    "GRANT PROCESS, REPLICATION CLIENT ON *.* TO ballast_monitor@'%'" \
    "GRANT SELECT ON performance_schema.* TO ballast_monitor@'%'" \
    "SET sql_log_bin=1"
}

# server_id: another for each volume, by whose remainder of 16 the member's ordinal is known. A server takes nothing from others that it wrote itself, by this number: with the
# number of the volume before it, an empty one would never get that back.
server_id() {
  local volume
  if [ ! -s "$DATA/server-id" ]; then
    echo $((((RANDOM << 9) ^ RANDOM) + 1)) >"$DATA/.server-id"
    mv "$DATA/.server-id" "$DATA/server-id"
  fi
  read -r volume <"$DATA/server-id"
  echo $((volume * 16 + $(ordinal_of "$POD") + 1))
}

start_mysqld() {
  local run
  local -a arguments=(--defaults-file=/etc/my.cnf "--server-id=$(server_id)" "--report-host=$(member_host "$(ordinal_of "$POD")")")
  if [ ! -e "$DATA/accounts-created" ]; then
    (
      umask 077
      accounts_sql >"$RUN/accounts.sql"
    )
    arguments+=("--init-file=$RUN/accounts.sql")
  fi
  if [ "$ARCHITECTURE" = replication ]; then
    # One run of this server, by which the primary knows it: see replication.sh.
    read -r run </proc/sys/kernel/random/uuid
    arguments+=("--report-user=${run%%-*}")
  fi
  rm -f "$RUN/mysqld.sock"
  # The server restarts itself after a clone only under a parent that it is told of.
  MYSQLD_PARENT_PID=$$ mysqld "${arguments[@]}" &
  mysqld_pid=$!
}

main() {
  trap terminate TERM INT
  rm -f "$RUN/stopping" "$RUN/role" "$RUN/members" "$RUN/unreachable"
  if [ "$ARCHITECTURE" = replication ]; then
    # Its end is that of every process here: see lease.sh.
    mkfifo -m 600 "$RUN/alive" 2>/dev/null || [ -p "$RUN/alive" ]
    exec 7<>"$RUN/alive"
  fi
  initialise
  run_agent &
  local crashes=0 started
  while :; do
    printf -v started '%(%s)T' -1
    start_mysqld
    await_end "$mysqld_pid"
    if [ -n "$stopping" ]; then
      log "mysqld stopped"
      exit 0
    fi
    if [ "$status" = 16 ]; then
      log "mysqld asked to be restarted"
      continue
    fi
    [ $(($(printf '%(%s)T' -1) - started)) -lt 60 ] && crashes=$((crashes + 1)) || crashes=1
    log "mysqld ended with status $status (crash $crashes within a minute)"
    # Restarting here spares the kubelet's growing back-off; a server that can't run at all is left to it.
    if [ "$crashes" -ge 5 ]; then exit 1; fi
    sleep 1
  done
}

[ -n "${BALLAST_TEST:-}" ] || main
