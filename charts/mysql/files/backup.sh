#!/bin/bash
# The CronJob's: a consistent dump of all databases of users becomes a snapshot. Accounts are not in it, because the values make them; what was migrated is.
# Arguments: which snapshots are kept, as restic has it.
set -eu -o pipefail
# shellcheck source=lib.sh
. /opt/ballast/lib.sh
# shellcheck disable=SC1091
. /opt/ballast/hook.sh
# shellcheck disable=SC1091
. /opt/ballast/store.sh
# shellcheck source=client.sh
. /opt/ballast/client.sh

# Whom to read from: a replica that has all that the primary has now, so that the primary has its clients to itself; the primary where there is none.
source_host() {
  local wanted host
  wanted=$(root_sql -e 'SELECT @@GLOBAL.gtid_executed' </dev/null | tr -d '\n')
  for host in $MEMBER_HOSTS; do
    if [ "$(mysql --defaults-file="$RUN/root.cnf" --host="$host" --ssl-mode=REQUIRED --batch --skip-column-names --connect-timeout=3 \
      -e "SELECT @@GLOBAL.super_read_only AND NOT @@GLOBAL.offline_mode AND WAIT_FOR_EXECUTED_GTID_SET('$wanted', 30) = 0" </dev/null 2>/dev/null)" = 1 ]; then
      echo "$host"
      return 0
    fi
  done
  echo "$PRIMARY_HOST"
}

main() {
  local host names
  open_store
  wait_for 300 "a primary at $PRIMARY_HOST that accepts the Secret's root-password" primary_accepts
  await_store or-make
  mapfile -t names < <(root_sql -e "SELECT schema_name FROM information_schema.schemata WHERE schema_name NOT IN ($system_databases)" </dev/null)
  if [ "$(root_sql -e "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'ballast' AND table_name = 'migrations'" </dev/null)" = 1 ]; then names+=(ballast); fi
  if [ "${#names[@]}" = 0 ]; then
    log "there is no database yet, and so nothing to keep"
    return 0
  fi
  host=$(source_host)
  log "dumping ${names[*]} from $host"
  keep mysql.sql mysqldump --defaults-file="$RUN/root.cnf" --host="$host" --ssl-mode=REQUIRED --single-transaction --set-gtid-purged=OFF --no-tablespaces \
    --routines --events --triggers --hex-blob --max-allowed-packet=1G --ignore-table=ballast.restored --ignore-table=ballast.helm_test --databases "${names[@]}"
  thin_out "$@"
  log "kept in $RESTIC_REPOSITORY, as $KEEPER:"
  store snapshots --host "$KEEPER" --tag ballast --compact
}

if [ -z "${BALLAST_TEST:-}" ]; then main "$@"; fi
