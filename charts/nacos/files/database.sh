#!/bin/bash
# Init container in MySQL's image: waits for the database, and makes what is not there: with an administrator's password the database and the account, and the tables.
# Each member does, one at a time, and whatever is there already is left as it is.
set -eu
# shellcheck disable=SC1091
. /opt/ballast/common.sh

# client_file FILE USER PASSWORD
client_file() {
  (
    umask 077
    printf '[client]\nuser="%s"\npassword="%s"\n[mysql]\ndefault-character-set=utf8mb4\n' "$(in_quotes "$2")" "$(in_quotes "$3")" >"$RUN/$1.cnf"
  )
}

# as FILE ARGUMENTS…: SQL from standard input.
as() {
  local file=$1
  shift
  timeout 120 mysql --defaults-file="$RUN/$file.cnf" --host="$DATABASE_HOST" --port="$DATABASE_PORT" --ssl-mode=PREFERRED --batch --raw --skip-column-names --connect-timeout=3 "$@"
}

# make_account: the database, and who may use it. An old password stays valid beside the new one while members still have it.
make_account() {
  local account
  account=$(sql_string "$username")@\'%\'
  as root <<<"SELECT GET_LOCK('ballast_nacos', 60); CREATE DATABASE IF NOT EXISTS \`$DATABASE\` CHARACTER SET utf8mb4;
    CREATE USER IF NOT EXISTS $account IDENTIFIED BY $(sql_string "$password"); GRANT ALL ON \`$DATABASE\`.* TO $account" >/dev/null || return 1
  if ! as own -e 'DO 0' </dev/null 2>/dev/null; then
    as root <<<"ALTER USER $account IDENTIFIED BY $(sql_string "$password") RETAIN CURRENT PASSWORD" || return 1
    log "set the password of $username"
  fi
}

make_tables() {
  { echo "SELECT GET_LOCK('ballast_nacos', 60);" && cat /schema/schema.sql; } | as own "--database=$DATABASE" >/dev/null
}

prepared() {
  if [ -e /etc/ballast/administrator/password ]; then make_account || return 1; fi
  make_tables
}

username=${DATABASE_USER:-$(cat /etc/ballast/database/username)} password=$(cat /etc/ballast/database/password)
client_file own "$username" "$password"
if [ -e /etc/ballast/administrator/password ]; then client_file root root "$(cat /etc/ballast/administrator/password)"; fi
until prepared 2>"$RUN/.error"; do
  # MySQL's errors name accounts, never passwords.
  say "waiting for $DATABASE on $DATABASE_HOST:$DATABASE_PORT: $(tail -n 1 "$RUN/.error")"
  sleep 2
done
log "the database $DATABASE on $DATABASE_HOST:$DATABASE_PORT has its tables"
