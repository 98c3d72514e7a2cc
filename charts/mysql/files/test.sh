#!/bin/bash
# helm test: one row written through the primary's Service must be readable on every member, and through the replicas' Service.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

client_file "$RUN/root.cnf" root "$(secret root-password)"
ask() {
  local host=$1
  shift
  mysql --defaults-file="$RUN/root.cnf" --host="$host" --ssl-mode=REQUIRED --batch --skip-column-names --connect-timeout=5 "$@"
}

await_port "$PRIMARY_HOST" 3306
token=$(cat /proc/sys/kernel/random/uuid)
ask "$PRIMARY_HOST" -e "CREATE DATABASE IF NOT EXISTS ballast; CREATE TABLE IF NOT EXISTS ballast.helm_test (id INT PRIMARY KEY, token CHAR(36));
  REPLACE INTO ballast.helm_test VALUES (1, '$token')"
log "wrote through $PRIMARY_HOST"
for host in $MEMBER_HOSTS "$REPLICAS_HOST"; do
  deadline=$((SECONDS + 30))
  until [ "$(ask "$host" -e 'SELECT token FROM ballast.helm_test WHERE id = 1' 2>"$RUN/error")" = "$token" ]; do
    [ "$SECONDS" -lt "$deadline" ] || {
      log "error: $host did not show the row within 30 s: $(tail -n 1 "$RUN/error")"
      exit 1
    }
    sleep 0.5
  done
  log "read from $host"
done
