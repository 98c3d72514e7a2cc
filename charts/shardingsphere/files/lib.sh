#!/bin/bash
# Shared by the scripts in the client's image: the proxy's language, and the decisions that must be right (unit-tested in test/systems/shardingsphere).
# Needs bash, coreutils, sed, grep, awk, getent and mariadb.
# shellcheck disable=SC1091
. "${SCRIPTS:-/opt/ballast}/common.sh"
# shellcheck source=decide.sh
. "${SCRIPTS:-/opt/ballast}/decide.sh"

# client_file HOST [PASSWORD]: whom `sql` speaks to, as root with its own password unless told.
client_file() {
  local password=${2:-$(secret root-password)}
  (
    umask 077
    printf '[client]\nuser="root"\npassword="%s"\nhost="%s"\nport=3307\n' "$(in_quotes "$password")" "$1" >"$RUN/client.cnf"
  )
}

# sql [ARGUMENTS…]: from standard input, which no list of processes shows.
sql() {
  timeout 60 mariadb --defaults-file="$RUN/client.cnf" --skip-ssl --batch --raw --skip-column-names --connect-timeout=5 "$@"
}

# has_database NAME: 5.1 lists none to those who are in none.
has_database() {
  if sql "--database=$1" </dev/null 2>"$RUN/.database"; then return 0; fi
  if grep -qi 'unknown database' "$RUN/.database"; then return 1; fi
  log "error: whether there is a database $1 can't be told: $(tail -n 1 "$RUN/.database")"
  exit 1
}
