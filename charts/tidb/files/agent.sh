#!/bin/bash
# Runs beside a PD: says whether it leads, follows or does neither, and ends one that was removed. The label that follows from it leads no client anywhere: they know all PDs.
set -eu
# shellcheck source=lib.sh
. "${SCRIPTS:-/opt/ballast}/lib.sh"

# role_in_cluster: of the members that PD's leader tells of, into `role`: primary, replica or none.
role_in_cluster() {
  local list line leader=- mine=no
  role=none
  answer=$(PATIENCE=4 request GET "$scheme://localhost:2379/pd/api/v1/members") && list=$(members_in <<<"$answer") || return 0
  while read -r line; do
    case $line in
      "leader "*) leader=${line#leader } ;;
      "$POD "*) mine=yes ;;
    esac
  done <<<"$list"
  if [ "$mine.$leader" = "yes.$POD" ]; then
    role=primary
  elif [ "$mine" = yes ] && [ "$leader" != - ]; then
    role=replica
  fi
}

# leave: a PD whose member was removed goes on without its etcd, and serves nobody any more. Started anew, it finds out what it may do. Only what was seen in the cluster since PD started counts:
# one that joins is no member yet.
leave() {
  local list
  [ -n "${seen_at:-}" ] && PATIENCE=2 pd_ask GET members && list=$(members_in <<<"$answer") || return 0
  if removed "$POD" "$(pd_host "$(ordinal_of "$POD")")" <<<"$list"; then
    say "the cluster has removed this member: ending its server"
    end_server
  fi
}

# shellcheck disable=SC2153  # the environment's
end_server() {
  kill -TERM "$SERVER_PID" 2>/dev/null || true
}

tick() {
  role_in_cluster
  if [ "$role" != none ]; then
    seen_in_cluster
    if [ -e "$DATA/pd/joining" ] || [ -e "$DATA/pd/founding" ]; then rm -f "$DATA/pd/joining" "$DATA/pd/founding"; fi
  fi
  if [ "$role" != "$was" ]; then
    epoch
    since=$now
    case $role in
      primary) say "leading" ;;
      replica) say "following" ;;
      *) say "waiting for a leader" ;;
    esac
  fi
  was=$role
  # PD counts no terms that it tells: a later leader has a later time.
  if [ "$role" = primary ]; then publish primary "$since"; else publish "$role" 0; fi
  if [ "$role" = none ]; then leave; fi
}

main() {
  was='' since=0
  open_pipes
  publish none 0
  every 1 tick
}

[ -n "${BALLAST_TEST:-}" ] || main
