#!/bin/bash
# {{- define "common.sql.sh" }}
# shellcheck shell=bash
# For the scripts of hook Jobs that speak SQL, after hook.sh. They define root_sql [ARGUMENTS…]: MySQL's client, as root, by options that keep columns' names out.

# migrate: applies what the directory MIGRATIONS has and was not applied yet.
migrate() {
  local pass file id checksum recorded state database verdict
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

# hold_lock: one run at a time: the release's own Job and the hook may come together. The lock goes with the connection.
hold_lock() {
  local got
  coproc LOCK { root_sql --unbuffered; }
  echo "SELECT GET_LOCK('ballast.provision', 240);" >&"${LOCK[1]}"
  read -r got <&"${LOCK[0]}" && [ "$got" = 1 ] || {
    log "error: another run did not end within 240 s"
    exit 1
  }
}
# {{- end }}
