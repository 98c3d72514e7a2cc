#!/bin/bash
# Hook `drain` before an upgrade: moves slots away from shards that are to go. Hook `provision` after install and upgrade: waits until the primary and every account take the Secrets' passwords, then runs initCommands, each once.
#
# Inputs: /etc/ballast/users/NAME/{username,password}, /opt/init/NNNN-ID with one command as redis-cli reads it.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh
# shellcheck disable=SC1091
. /opt/ballast/hook.sh

# as USER PASSWORD ARGUMENTS…: redis-cli against the primary, or in a cluster against that of the key's shard.
as() {
  local user=$1 password=$2
  shift 2
  local -a options=()
  [ "$TLS" = true ] && options=(--tls --cacert /etc/ballast/tls/ca.crt)
  [ "$ARCHITECTURE" != cluster ] || options+=(-c)
  REDISCLI_AUTH=$password timeout 5 redis-cli --user "$user" --no-auth-warning "${options[@]}" -h "${host:-$PRIMARY_HOST}" -p 6379 "$@"
}

is_primary() {
  [ "$(as default "$(secret password)" ROLE 2>/dev/null | head -n 1)" = master ]
}

# Every member has accounts of its own.
lets_in() {
  local host
  for host in $MEMBER_HOSTS; do
    as "$1" "$2" PING 2>/dev/null | grep -q 'PONG\|NOPERM' || return 1
  done
}

# One that does not answer reads the Secret when it starts.
sentinels_let_in() {
  local sentinel answer
  local -a tls=()
  [ "$TLS" = true ] && tls=(--tls --cacert /etc/ballast/tls/ca.crt)
  for sentinel in $SENTINEL_HOSTS; do
    answer=$(REDISCLI_AUTH=$(secret system-password) timeout 5 redis-cli --user ballast --no-auth-warning "${tls[@]}" -h "$sentinel" -p 26379 PING 2>&1) || true
    case $answer in
      *PONG* | 'Could not connect'* | '') ;;
      *) return 1 ;;
    esac
  done
}

run_init_commands() {
  local file id checksum recorded verdict answer pass
  # Everything is checked before anything is run.
  for pass in check run; do
    for file in /opt/init/*; do
      [ -e "$file" ] || continue
      id=$(basename "$file")
      id=${id#*-}
      checksum=$(sha256sum <"$file" | cut -d' ' -f1)
      recorded=$(as ballast "$(secret system-password)" HGET ballast:init "$id")
      verdict=$(init_verdict "$recorded" "$checksum")
      case $verdict in
        skip) ;;
        run)
          [ "$pass" = run ] || continue
          log "running init command $id"
          # Together or not at all, so that an interruption leaves nothing half-done; over shards, one after the other.
          answer=$({
            [ "$ARCHITECTURE" = cluster ] || echo MULTI
            cat "$file"
            echo
            [ "$ARCHITECTURE" = cluster ] || printf 'HSET ballast:init %s %s\nEXEC\n' "$id" "$checksum"
          } | as ballast "$(secret system-password)" 2>&1)
          case $answer in
            *ERR* | *EXECABORT* | *WRONGTYPE* | *NOREPLICAS*) refuse "init command $id failed: $(grep -m 1 'ERR\|ABORT\|WRONGTYPE\|NOREPLICAS' <<<"$answer")" ;;
          esac
          [ "$ARCHITECTURE" != cluster ] || as ballast "$(secret system-password)" HSET ballast:init "$id" "$checksum" >/dev/null
          ;;
        *) refuse "init command $id $verdict" ;;
      esac
    done
  done
}

main() {
  local directory
  [ "$1" != drain ] || exec bash /opt/ballast/reshard.sh drain
  wait_for 120 "a primary at $PRIMARY_HOST that accepts the Secret's password" is_primary
  for directory in /etc/ballast/users/*/; do
    [ -d "$directory" ] || continue
    wait_for 120 "user $(cat "$directory/username") to be let in with the Secret's password" lets_in "$(cat "$directory/username")" "$(cat "$directory/password")"
  done
  wait_for 120 "every member to let the charts' own account in with the Secret's password" lets_in ballast "$(secret system-password)"
  wait_for 120 "every Sentinel to let the charts' own account in with the Secret's password" sentinels_let_in
  [ "$ARCHITECTURE" != cluster ] || bash /opt/ballast/reshard.sh balance
  run_init_commands
  log "provisioned"
}

if [ -z "${BALLAST_TEST:-}" ]; then main "$@"; fi
