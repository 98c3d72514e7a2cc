#!/bin/bash
# The pd container's main process: decides how this PD starts, runs the server and the agent.
set -eu
# shellcheck source=lib.sh
. "${SCRIPTS:-/opt/ballast}/lib.sh"

# shellcheck disable=SC2317  # called by the trap
terminate() {
  : >"$RUN/stopping"
  [ -z "${server_pid:-}" ] || kill -TERM "$server_pid" 2>/dev/null || true
  [ -n "${server_pid:-}" ] || exit 0
}

# content: of my volume, as pd_begin() has it. etcd makes its directory before it asks anybody, and the WAL once it knows whom it belongs to. Without a WAL it has no data, and PD, told of nobody
# to join, would found a cluster of its own.
content() {
  if compgen -G "$DATA/pd/member/wal/*.wal" >/dev/null; then
    echo member
  elif [ -e "$DATA/pd/joining" ]; then
    echo joining
  else
    echo empty
  fi
}

mark() {
  if [ -e "$DATA/pd/founding" ]; then echo yes; else echo no; fi
}

# ask_to_begin: the right to found the cluster, which the API server grants once. It is written down in the state's ConfigMap before anything starts: so there is at most one volume with the mark.
ask_to_begin() {
  ask_to_found empty || return 0
  mkdir -p "$DATA/pd"
  : >"$DATA/pd/founding"
}

record_cluster() {
  printf '0.1 %s\n' "$POD" >"$RUN/.seen" && mv "$RUN/.seen" "$RUN/seen"
  wake
}

# settle: decides, and acts until the server can start, for which `flags` are what it joins or founds.
# shellcheck disable=SC2154  # `formed` is set by facts
settle() {
  local verdict
  flags=()
  while :; do
    if [ "$ARCHITECTURE" = standalone ]; then
      formed=false members=''
      verdict=$(pd_begin "$me" false "$(content)" no no </dev/null)
      [ "$verdict" != ask ] || verdict=found
    else
      facts || formed=unknown
      members || members=''
      verdict=$(pd_begin "$me" "$formed" "$(content)" "$(mark)" "$(served)" <<<"$members")
    fi
    case $verdict in
      go)
        rm -f "$DATA/pd/founding" "$DATA/pd/joining"
        say "starting with the data on my volume"
        return 0
        ;;
      found)
        say "founding the cluster: none existed, and my volume is empty"
        flags=(--initial-cluster="$POD=$scheme://$host:2380")
        return 0
        ;;
      renew)
        say "the cluster has removed this member: joining anew"
        put_aside "$DATA/pd"
        ;;
      join | resume)
        # What an earlier attempt left there would be taken for the members of today.
        [ "$verdict" = resume ] || put_aside "$DATA/pd"
        say "joining the cluster of these members: $(cut -d' ' -f1 <<<"$members" | tr '\n' ' ')"
        mkdir -p "$DATA/pd"
        : >"$DATA/pd/joining"
        [ "$verdict" = join ] || write_join
        flags=(--join="$(others)")
        return 0
        ;;
      ask) ask_to_begin ;;
      record)
        say "waiting until it is written down that the cluster exists"
        record_cluster
        ;;
      forget)
        say "my volume is empty, and the cluster has a member of my name: having it removed"
        remove_member "$me" || log "not yet: $answer"
        ;;
      *) say "waiting: ${verdict#wait }" ;;
    esac
    publish none 0
    pause 1
  done
}

# write_join: PD's own file, by which it goes on to join and asks nobody whether it may. PD makes it after it was added. Killed in between, PD 8.5 takes its own member for a stranger that has
# not started, and gives up for ever. Where nobody leads it is a guess: while it is wrong, etcd ends before it has a WAL, and whoever leads later says what is right.
write_join() {
  local ordinal ordinals list=''
  [ -n "$members" ] || [ ! -s "$DATA/pd/join" ] || return 0
  ordinals=$(initial_members "$me" <<<"$members") || return 0
  for ordinal in $ordinals; do list+="${list:+,}$BASE-pd-$ordinal=$scheme://$(pd_host "$ordinal"):2380"; done
  printf '%s' "$list" >"$DATA/pd/.join" && mv "$DATA/pd/.join" "$DATA/pd/join"
}

# others: URLs of PDs to join by, but my own.
others() {
  local endpoint urls=''
  for endpoint in ${PD_ENDPOINTS//,/ }; do
    [ "$endpoint" = "$host:2379" ] || urls+="${urls:+,}$scheme://$endpoint"
  done
  printf '%s' "$urls"
}

start() {
  /pd-server --name="$POD" --data-dir="$DATA/pd" --config=/opt/ballast/pd.toml --client-urls="$scheme://0.0.0.0:2379" --advertise-client-urls="$scheme://$host:2379" \
    --peer-urls="$scheme://0.0.0.0:2380" --advertise-peer-urls="$scheme://$host:2380" "${flags[@]}" &
  server_pid=$!
  SERVER_PID=$server_pid run_agent &
  await_end "$server_pid"
  log "the server ended with status $status"
  exit "$status"
}

main() {
  trap terminate TERM INT
  me=$(ordinal_of "$POD")
  host=$(pd_host "$me")
  open_pipes
  rm -f "$RUN/role" "$RUN/stopping"
  settle
  start
}

[ -n "${BALLAST_TEST:-}" ] || main
