#!/bin/bash
# The tidb container's main process: writes what the very first TiDB of a cluster does, and runs the server.
set -eu
# shellcheck source=lib.sh
. "${SCRIPTS:-/opt/ballast}/lib.sh"

# first_sql: what is executed once, before a TiDB lets anybody in. TiDB takes who comes by port-forward, from the loopback address, for the root of its own, of 'localhost', whom no password lets in.
first_sql() {
  local password
  password=$(sql_string "$(secret root-password)")
  printf "CREATE USER IF NOT EXISTS 'root'@'%%' IDENTIFIED BY %s;\nALTER USER 'root'@'%%' IDENTIFIED BY %s;\nGRANT ALL PRIVILEGES ON *.* TO 'root'@'%%' WITH GRANT OPTION;\n" "$password" "$password"
  printf "DROP USER IF EXISTS 'root'@'localhost';\n"
}

main() {
  local host flags=()
  host=$POD.$SUFFIX
  (
    umask 077
    first_sql >"$RUN/first.sql"
  )
  # TiDB's own root has an empty password, and lets everybody in from the moment that a TiDB is there until this file was executed, or for ever if the TiDB that executes it is lost.
  # So the root that it makes is one of its socket, until then. For that its user has to have a name.
  if id -un >/dev/null 2>&1; then flags+=(--initialize-secure); fi
  run_server /tidb-server --config=/opt/ballast/tidb.toml --store=tikv --path="$PD_ENDPOINTS" --host=0.0.0.0 -P 4000 --status=10080 --advertise-address="$host" \
    --initialize-sql-file="$RUN/first.sql" "${flags[@]}"
}

[ -n "${BALLAST_TEST:-}" ] || main
