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

migrate() {
  local file id checksum recorded state database verdict
  [ -n "$(ls "$MIGRATIONS" 2>/dev/null)" ] || return 0
  root_sql <<<"CREATE DATABASE IF NOT EXISTS ballast; CREATE TABLE IF NOT EXISTS ballast.migrations (id VARCHAR(190) PRIMARY KEY, checksum CHAR(64) NOT NULL,
    state ENUM('applying', 'applied') NOT NULL, started_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, applied_at TIMESTAMP NULL)"
  # Everything is checked before anything is applied.
  for pass in check apply; do
    for file in "$MIGRATIONS"/*.sql; do
      id=$(basename "$file" .sql)
      checksum=$(sha256sum <"$file" | cut -d' ' -f1)
      recorded='' state=''
      read -r recorded state < <(root_sql -e "SELECT checksum, state FROM ballast.migrations WHERE id = $(sql_string "$id")" </dev/null) || true
      verdict=$(migration_verdict "$recorded" "$state" "$checksum")
      case $verdict in
        skip) ;;
        apply)
          if [ "$pass" = check ]; then continue; fi
          database=$(sed -n '1s/^-- database: *//p' "$file")
          log "applying migration $id"
          root_sql <<<"INSERT INTO ballast.migrations (id, checksum, state) VALUES ($(sql_string "$id"), '$checksum', 'applying')"
          root_sql ${database:+"--database=$database"} <"$file" || refuse "migration $id failed: correct it, undo what it did, delete its row from ballast.migrations, and upgrade again"
          root_sql <<<"UPDATE ballast.migrations SET state = 'applied', applied_at = CURRENT_TIMESTAMP WHERE id = $(sql_string "$id")"
          ;;
        *) refuse "migration $id $verdict" ;;
      esac
    done
  done
}

# One run at a time: the release's own Job and the hook may come together. The lock goes with the connection.
hold_lock() {
  local got
  coproc LOCK { root_sql --unbuffered; }
  echo "SELECT GET_LOCK('ballast.provision', 240);" >&"${LOCK[1]}"
  read -r got <&"${LOCK[0]}" && [ "$got" = 1 ] || {
    log "error: another run did not end within 240 s"
    exit 1
  }
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
