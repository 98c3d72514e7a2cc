#!/bin/bash
# Hook Jobs: `drain` before an upgrade empties the TiKVs that are to go and has the PDs that are to go removed, in PD's image; `provision` after install and upgrade (`accounts`, beside it, for
# apps of the release) makes databases, users and migrations, in an image with MySQL's client. Runs as often as it likes: whatever is there already is left as it is.
#
# Inputs: /opt/ballast/{databases.sql,grants.sql}, /opt/ballast/accounts ("NAME HOST"), /etc/ballast/users/NAME/{username,password},
# /opt/migrations/NNNN-ID.sql with a first line "-- database: NAME" where it needs one.
# shellcheck disable=SC2119,SC2120  # sql.sh gives root_sql arguments
set -eu
# shellcheck source=lib.sh
. "${SCRIPTS:-/opt/ballast}/lib.sh"
# shellcheck disable=SC1091
. "${SCRIPTS:-/opt/ballast}/hook.sh"
# shellcheck disable=SC1091
. "${SCRIPTS:-/opt/ballast}/sql.sh"

# drain

# For none_leaves.
host_of() {
  "${kind}_host" "$1"
}

# shellcheck disable=SC2034  # `reason` is for wait_for
leader_answers() {
  members || {
    reason=$answer
    return 1
  }
}

# give_back: stores that are to go and are not empty yet serve as before. Also called when the Job is ended.
give_back() {
  local ordinal id state
  stores
  while read -r ordinal id state _; do
    if [ "$state" = Offline ] && [ "$ordinal" -ge "$TIKV_REPLICAS" ]; then
      if pd_ask POST "store/$id/state?state=Up"; then log "store $id stays: it is not empty yet"; else log "error: store $id is still to be emptied: $answer"; fi
    fi
  done <<<"$stores"
}

# shellcheck disable=SC2153  # the environment's
drain_stores() {
  local verdict said='' line
  while :; do
    stores
    if [ "$cluster" = none ]; then return 0; fi
    verdict='wait for PD'
    [ "$cluster" = unknown ] || verdict=$(store_drain "$TIKV_REPLICAS" "$COPIES" <<<"$stores")
    line=$verdict
    case $verdict in
      done) break ;;
      up*)
        line="store ${verdict#up } stays, which an upgrade before was to take away"
        pd_ask POST "store/${verdict#up }/state?state=Up" || log "not yet: $answer"
        ;;
      offline*)
        line="having the regions of store ${verdict#offline } taken elsewhere"
        draining=yes
        pd_ask DELETE "store/${verdict#offline }" || log "not yet: $answer"
        ;;
      refuse*)
        give_back
        draining=no
        refuse "${verdict#refuse }"
        ;;
      'wait for PD') line='waiting for PD to say which stores there are' ;;
      *)
        draining=yes
        read -r _ id ordinal regions <<<"$verdict"
        line="TiKV $ordinal (store $id) still has $regions regions"
        ;;
    esac
    if [ "$line" != "$said" ]; then log "$line"; fi
    said=$line
    if [ "$SECONDS" -ge "$DRAIN_SECONDS" ]; then
      log "error: not empty within $DRAIN_SECONDS s: raise hooks.deadlineSeconds, and upgrade again"
      exit 1
    fi
    sleep 2
  done
  draining=no
}

drain_pds() {
  local verdict
  while :; do
    wait_for 120 "a leader of the PDs" leader_answers
    verdict=$(pd_shrink "$PD_REPLICAS" "$leader" <<<"$members")
    case $verdict in
      done) return 0 ;;
      transfer*)
        log "having PD ${verdict#transfer } lead, which stays"
        pd_ask POST "leader/transfer/$BASE-pd-${verdict#transfer }" || log "not yet: $answer"
        ;;
      remove*)
        log "removing PD ${verdict#remove } from the cluster"
        remove_member "${verdict#remove }" || log "not yet: $answer"
        ;;
      *) refuse "${verdict#refuse }" ;;
    esac
    if [ "$SECONDS" -ge "$DRAIN_SECONDS" ]; then
      log "error: PDs were not removed within $DRAIN_SECONDS s"
      exit 1
    fi
    sleep 1
  done
}

nobody_leaves() {
  local kind
  kind=tikv
  none_leaves "$TIKV_REPLICAS" 50 || return 1
  kind=pd
  none_leaves "$PD_REPLICAS" 5
}

drain() {
  draining=no
  if ! members && nobody_leaves; then
    log "no PD leads, and nobody is to go"
    return 0
  fi
  # An upgrade that is given up, or takes too long, leaves nobody half empty.
  trap '[ "$draining" = no ] || give_back' EXIT
  trap 'exit 1' TERM
  wait_for 120 "a leader of the PDs" leader_answers
  drain_stores
  drain_pds
  log "nobody is to go, or who goes has nothing any more"
}

# provision

# client_file FILE USER PASSWORD
client_file() {
  (
    umask 077
    printf '[client]\nuser="%s"\npassword="%s"\nhost="%s"\nport=4000\ndefault-character-set=utf8mb4\n' "$(in_quotes "$2")" "$(in_quotes "$3")" "$SERVICE_HOST" >"$1"
  )
}

# sql FILE [ARGUMENTS…]: from standard input, which no list of processes shows.
sql() {
  local file=$1 tls=(--skip-ssl)
  shift
  [ "$TLS" != true ] || tls=(--ssl --ssl-ca=/etc/ballast/tls/ca.crt --ssl-verify-server-cert)
  mariadb --defaults-file="$file" "${tls[@]}" --batch --raw --skip-column-names --connect-timeout=5 "$@"
}

root_sql() {
  sql "$RUN/root.cnf" "$@"
}

root_accepted() {
  client_file "$RUN/root.cnf" root "$(secret root-password)"
  root_sql <<<'DO 0'
}

# A user's password is set only where it differs.
set_users() {
  local user host password account
  while read -r user host; do
    [ -n "$user" ] || continue
    password=$(cat "/etc/ballast/users/$user/password")
    account="$(sql_string "$user")@$(sql_string "$host")"
    root_sql <<<"CREATE USER IF NOT EXISTS $account IDENTIFIED BY $(sql_string "$password")"
    client_file "$RUN/user.cnf" "$user" "$password"
    if sql "$RUN/user.cnf" <<<'DO 0' 2>/dev/null; then continue; fi
    root_sql <<<"ALTER USER $account IDENTIFIED BY $(sql_string "$password")"
    log "set the password of $user@$host"
  done </opt/ballast/accounts
  rm -f "$RUN/user.cnf"
}

provision() {
  MIGRATIONS=${MIGRATIONS:-/opt/migrations}
  wait_for 600 "a TiDB at $SERVICE_HOST that accepts the Secret's root-password" root_accepted
  hold_lock
  # TiDB takes that from nobody who comes without TLS, and so not when it first starts.
  [ "$TLS" != true ] || root_sql <<<'SET GLOBAL require_secure_transport = ON'
  root_sql </opt/ballast/databases.sql
  set_users
  root_sql </opt/ballast/grants.sql
  migrate
  log "provisioned"
}

main() {
  case $1 in
    drain) drain ;;
    *) provision ;;
  esac
}

[ -n "${BALLAST_TEST:-}" ] || main "$@"
