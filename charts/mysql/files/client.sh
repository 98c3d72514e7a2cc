#!/bin/bash
# The client of hooks and backups, as root on the primary. After lib.sh.

# What is no user's data, as SQL wants a list.
# shellcheck disable=SC2034  # for those who source this
system_databases="'mysql', 'sys', 'information_schema', 'performance_schema', 'ballast'"

root_sql() {
  mysql --defaults-file="$RUN/root.cnf" --host="$PRIMARY_HOST" --ssl-mode=REQUIRED --batch --raw --skip-column-names --connect-timeout=5 "$@"
}

primary_accepts() {
  client_file "$RUN/root.cnf" root "$(secret root-password)"
  [ "$(root_sql -e 'SELECT @@GLOBAL.super_read_only' </dev/null)" = 0 ]
}
