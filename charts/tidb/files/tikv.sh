#!/bin/bash
# The tikv container's main process: decides how this TiKV starts, and runs the server.
set -eu
# shellcheck source=lib.sh
. "${SCRIPTS:-/opt/ballast}/lib.sh"

# shellcheck disable=SC2317  # called by the trap
terminate() {
  [ -z "${server_pid:-}" ] || kill -TERM "$server_pid" 2>/dev/null || true
  [ -n "${server_pid:-}" ] || exit 0
}

# content: of my volume, as tikv_begin() has it.
content() {
  if [ ! -e "$DATA/tikv/db" ] && [ ! -e "$DATA/tikv/raft-engine" ]; then
    echo empty
  elif [ -e "$DATA/fresh" ]; then
    echo fresh
  else
    echo data
  fi
}

settle() {
  local verdict
  while :; do
    stores
    verdict=$(tikv_begin "$me" "$(content)" "$cluster" "$(served)" <<<"$stores")
    case $verdict in
      go) break ;;
      renew)
        say "my store is buried: beginning anew"
        put_aside "$DATA/tikv"
        break
        ;;
      replace*)
        say "my volume is empty: declaring my store ${verdict#replace } destroyed, so that PD makes copies of what it had, and takes me as a new one"
        pd_ask DELETE "store/${verdict#replace }?force" || log "not yet: $answer"
        ;;
      *) say "waiting: ${verdict#wait }" ;;
    esac
    pause 2
  done
  if [ "$(content)" = empty ]; then : >"$DATA/fresh"; fi
  say "starting with a volume that is: $(content)"
}

# zone: Pods carry their zone from Kubernetes 1.35 on; before that all are in one, and their nodes keep copies apart.
zone() {
  local zone=''
  zone=$(sed -n 's/^topology\.kubernetes\.io\/zone="\(.*\)"$/\1/p' /etc/ballast/pod/labels 2>/dev/null) || true
  echo "${zone:-unknown}"
}

# watch_store: takes leaders again, which my predecessor's end kept away, and keeps in mind that the store belongs to the cluster.
# shellcheck disable=SC2317,SC2154  # called in the background
watch_store() {
  my_store || return 0
  seen_in_cluster
  if [ -e "$DATA/fresh" ]; then rm -f "$DATA/fresh"; fi
  [ "$released" = no ] || return 0
  pd_ask GET schedulers || return 0
  # One scheduler does that for all stores; it is an error to end it for one that it does not concern.
  case $answer in *'"evict-leader-scheduler"'*) pd_ask DELETE "schedulers/evict-leader-scheduler-$store" || return 0 ;; esac
  released=yes
}

start() {
  ulimit -n "$(ulimit -Hn)" || true
  /tikv-server --config=/opt/ballast/tikv.toml --data-dir="$DATA/tikv" --addr=0.0.0.0:20160 --advertise-addr="$host:20160" --status-addr=0.0.0.0:20180 \
    --advertise-status-addr="$host:20180" --pd-endpoints="$PD_ENDPOINTS" --labels="zone=$(zone),host=$NODE" &
  server_pid=$!
  released=no
  every 20 watch_store &
  await_end "$server_pid"
  log "the server ended with status $status"
  exit "$status"
}

main() {
  trap terminate TERM INT
  me=$(ordinal_of "$POD")
  host=$(tikv_host "$me")
  open_pipes
  settle
  start
}

[ -n "${BALLAST_TEST:-}" ] || main
