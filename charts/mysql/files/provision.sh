#!/bin/bash
# Hook after install and upgrade: waits until the accounts have the Secrets' passwords, then makes databases, users and migrations.
# Runs as often as it likes: whatever is there already is left as it is.
#
# Inputs: /opt/ballast/provision.sql (databases, users without passwords, grants), /etc/ballast/users/NAME/{username,password},
# /opt/migrations/NNNN-ID.sql with a first line "-- database: NAME" where it needs one.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh
# shellcheck disable=SC1091
. /opt/ballast/hook.sh
# shellcheck disable=SC1091
. /opt/ballast/sql.sh

root_sql() {
  mysql --defaults-file="$RUN/root.cnf" --host="$PRIMARY_HOST" --ssl-mode=REQUIRED --batch --raw --skip-column-names --connect-timeout=5 "$@"
}

primary_accepts() {
  client_file "$RUN/root.cnf" root "$(secret root-password)"
  [ "$(root_sql -e 'SELECT @@GLOBAL.super_read_only' </dev/null)" = 0 ]
}

account_accepts() {
  client_file "$RUN/check.cnf" "$1" "$(secret "$2")"
  mysql --defaults-file="$RUN/check.cnf" --host="$PRIMARY_HOST" --ssl-mode=REQUIRED --connect-timeout=5 -e 'DO 0' </dev/null
}

# A user's password is set only where it differs, and the one before stays valid: a rotation cuts nobody off.
set_user_passwords() {
  local directory user password account host
  for directory in /etc/ballast/users/*/; do
    [ -d "$directory" ] || continue
    user=$(cat "$directory/username")
    password=$(cat "$directory/password")
    client_file "$RUN/user.cnf" "$user" "$password"
    if mysql --defaults-file="$RUN/user.cnf" --host="$PRIMARY_HOST" --ssl-mode=REQUIRED --connect-timeout=5 -e 'DO 0' </dev/null 2>/dev/null; then continue; fi
    while read -r host; do
      account="$(sql_string "$user")@$(sql_string "$host")"
      root_sql <<<"ALTER USER $account IDENTIFIED BY $(sql_string "$password") RETAIN CURRENT PASSWORD ACCOUNT UNLOCK"
      log "set the password of $user@$host"
    done < <(root_sql -e "SELECT host FROM mysql.user WHERE user = $(sql_string "$user")" </dev/null)
  done
  rm -f "$RUN/user.cnf"
}

main() {
  MIGRATIONS=${MIGRATIONS:-/opt/migrations}
  wait_for 240 "a primary at $PRIMARY_HOST that accepts the Secret's root-password" primary_accepts
  wait_for 120 "the account ballast_replication to accept the Secret's replication-password" account_accepts ballast_replication replication-password
  wait_for 120 "the account ballast_monitor to accept the Secret's monitor-password" account_accepts ballast_monitor monitor-password
  hold_lock
  if [ -s /opt/ballast/provision.sql ]; then root_sql </opt/ballast/provision.sql >/dev/null; fi
  set_user_passwords
  migrate
  log "provisioned"
}

if [ -z "${BALLAST_TEST:-}" ]; then main; fi
