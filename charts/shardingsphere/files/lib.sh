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

# database NAME: 0 where there is one, 1 where there is none, 2 where that can't be told, for a `reason`. 5.1 lists none to those who are in none.
# shellcheck disable=SC2034  # for those who call it
database() {
  if sql "--database=$1" </dev/null 2>"$RUN/.refusal"; then return 0; fi
  reason=$(tail -n 1 "$RUN/.refusal")
  case ${reason,,} in
    *'unknown database'*) return 1 ;;
    *) return 2 ;;
  esac
}

untold() {
  log "error: the proxy does not say $1: $reason"
  exit 1
}

# has_database NAME: for those who decide: a proxy that does not answer ends the run, because silence is no proof that there is nothing.
has_database() {
  local told=0
  database "$1" || told=$?
  [ "$told" != 2 ] || untold "whether there is a database $1"
  return "$told"
}
