#!/bin/bash
# Hook Jobs: `drain` before an upgrade has the primary remove the members that are to go; `provision` after install and upgrade makes collections, users and migrations.
# Runs as often as it likes: whatever is there already is left as it is.
#
# Inputs: /opt/ballast/provision.json (collections, users without passwords), /etc/ballast/users/NAME/{username,password},
# /opt/migrations/NNNN-ID.js with a first line "// database: NAME".
set -eu
# shellcheck source=lib.sh
. "${SCRIPTS:-/opt/ballast}/lib.sh"
# shellcheck disable=SC1091
. "${SCRIPTS:-/opt/ballast}/hook.sh"
# shellcheck disable=SC1091
. "${SCRIPTS:-/opt/ballast}/store.sh"
# shellcheck disable=SC1091
. "${SCRIPTS:-/opt/ballast}/restore.sh"

# asks SECONDS QUESTION…: as ask, for wait_for, which reads `reason`.
# shellcheck disable=SC2034
asks() {
  ask "$@" || {
    reason=$answer
    return 1
  }
}

# members_of_set: the set's members, as next_change() reads them, into `lines`.
members_of_set() {
  asks 5 members || return 1
  { read -r _ && IFS= read -r -d '' lines || true; } <<<"$answer"
}

# shellcheck disable=SC2034,SC2153
gone() {
  members_of_set || return 1
  left=$(members_left "$REPLICAS" <<<"$lines")
  reason="members of the set that are to go: $left"
  [ -z "$left" ]
}

drain() {
  local verdict
  if ! members_of_set && none_leaves "$REPLICAS" "$MOST"; then
    log "no primary answers, and none is to go"
    return 0
  fi
  wait_for 120 "a primary at $PRIMARY_HOST" members_of_set
  if [ -z "$(members_left "$REPLICAS" <<<"$lines")" ] && none_leaves "$REPLICAS" "$MOST"; then
    # What an upgrade that failed wrote down.
    wait_for 60 "the primary to forget an earlier drain" asks 10 undrain
    log "none is to go"
    return 0
  fi
  read_shapes
  # shellcheck disable=SC2154
  verdict=$(may_shrink "$REPLICAS" "$shapes" <<<"$lines")
  [ "$verdict" = ok ] || refuse "$verdict"
  log "having the primary remove members from $REPLICAS on"
  wait_for 60 "the primary to know who is to go" asks 10 drain "$REPLICAS" 900
  wait_for 600 "the primary to remove them" gone
}

migrate() {
  local pass file id checksum recorded state verdict
  [ -n "$(ls "$MIGRATIONS" 2>/dev/null)" ] || return 0
  # Everything is checked before anything is applied.
  for pass in check apply; do
    for file in "$MIGRATIONS"/*.js; do
      id=$(basename "$file" .js)
      checksum=$(sha256sum <"$file" | cut -d' ' -f1)
      ask 10 migration "$id" || { log "error: $answer" && exit 1; }
      recorded='' state=''
      read -r recorded state <<<"$answer" || true
      verdict=$(migration_verdict "$recorded" "$state" "$checksum")
      case $verdict in
        skip) ;;
        apply)
          if [ "$pass" = check ]; then continue; fi
          log "applying migration $id"
          ask 600 migrate "$id" "$checksum" "$file" || refuse "migration $id failed: $answer: correct it, undo what it did, delete its document from ballast.migrations, and upgrade again"
          ;;
        *) refuse "migration $id $verdict" ;;
      esac
    done
  done
}

# For restore, in restore.sh.

filled() {
  wait_for 60 "what the set has" asks 10 filled
  # shellcheck disable=SC2034
  read -r state things <<<"$answer"
}

mark() {
  wait_for 60 "the set to remember that a backup is $1" asks 10 mark "$RESTORE" "$1"
}

# Accounts are made from the values, and what the chart itself keeps is this release's own.
load() {
  tools_login
  mongorestore "${tools_login[@]}" --archive --stopOnError --nsExclude='admin.*' --nsExclude='config.*' \
    --nsExclude=ballast.restored --nsExclude=ballast.locks --nsExclude=ballast.set --nsExclude=ballast.helm_test
}

provision() {
  MIGRATIONS=${MIGRATIONS:-/opt/migrations}
  wait_for 240 "a primary at $PRIMARY_HOST that accepts the Secret's root-password" asks 5 login root root-password
  wait_for 120 "the account ballast-monitor to accept the Secret's monitor-password" asks 5 login ballast-monitor monitor-password
  wait_for 240 "another run to end (of one whose pod was lost the lock stays for 15 minutes)" asks 10 lock
  # Whoever mends a migration that was refused does not wait for the run that refused it.
  trap 'ask 10 unlock || log "the lock stays for 15 minutes: $answer"' EXIT
  restore mongodb.archive
  wait_for 120 "collections and users" asks 30 provision /opt/ballast/provision.json /etc/ballast/users/*/
  [ -z "$answer" ] || log "$(paste -sd' ' <<<"$answer")"
  migrate
  log "provisioned"
}

main() {
  open_pipes
  case $1 in
    drain) drain ;;
    *) provision ;;
  esac
}

[ -n "${BALLAST_TEST:-}" ] || main "$@"
