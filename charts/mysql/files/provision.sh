#!/bin/bash
# Hook after install and upgrade: fills an empty release from a backup where one is named, waits until the accounts have the Secrets' passwords, then makes databases, users and migrations.
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
# shellcheck disable=SC1091
. /opt/ballast/store.sh
# shellcheck disable=SC1091
. /opt/ballast/restore.sh
# shellcheck source=client.sh
. /opt/ballast/client.sh

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

# For restore, in restore.sh.

filled() {
  root_sql <<<"CREATE DATABASE IF NOT EXISTS ballast; CREATE TABLE IF NOT EXISTS ballast.restored (snapshot VARCHAR(64) PRIMARY KEY, state ENUM('loading', 'loaded') NOT NULL,
    started_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)"
  # shellcheck disable=SC2034
  read -r state things < <(root_sql -e "SELECT COALESCE((SELECT state FROM ballast.restored), 'never'), COUNT(*) FROM information_schema.tables WHERE table_schema NOT IN ($system_databases)" </dev/null)
}

mark() {
  root_sql <<<"REPLACE INTO ballast.restored (snapshot, state) VALUES ($(sql_string "$RESTORE"), '$1')"
}

load() {
  root_sql --binary-mode --max-allowed-packet=1G
}

main() {
  MIGRATIONS=${MIGRATIONS:-/opt/migrations}
  wait_for 240 "a primary at $PRIMARY_HOST that accepts the Secret's root-password" primary_accepts
  wait_for 120 "the account ballast_replication to accept the Secret's replication-password" account_accepts ballast_replication replication-password
  wait_for 120 "the account ballast_monitor to accept the Secret's monitor-password" account_accepts ballast_monitor monitor-password
  hold_lock
  restore mysql.sql
  if [ -s /opt/ballast/provision.sql ]; then root_sql </opt/ballast/provision.sql >/dev/null; fi
  set_user_passwords
  migrate
  log "provisioned"
}

if [ -z "${BALLAST_TEST:-}" ]; then main; fi
