#!/bin/bash
# The rabbitmq container's main process: decides how this node begins, writes the configuration, and becomes the server.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

# look_around: what is known of the members, into `state` (see membership), and the nodes that said so, into `serving`.
look_around() {
  local ordinal host told='' running=no line
  serving='' state=nobody
  for ((ordinal = 0; ordinal < MOST; ordinal++)); do
    if [ "$ordinal" = "$me" ]; then continue; fi
    host=$(host_of "$ordinal")
    if ! PATIENCE=1 serves "$host"; then
      if runs "$host"; then running=yes; fi
      continue
    fi
    running=yes
    line=$(PATIENCE=15 members_told "$(node_of "$ordinal")") || true
    [ -n "$line" ] || continue
    told+=$line$'\n'
    serving+=" $(node_of "$ordinal")"
    # One that knows me is enough.
    [[ " $line " != *" $(node_of "$me") "* ]] || break
  done
  state=$(membership "$(node_of "$me")" "$replicas" "$running" <<<"$told")
}

# in_erlang: reads a text; prints it as an Erlang term, byte by byte.
in_erlang() {
  local numbers
  numbers=$(od -An -v -tu1)
  read -r -d '' -a numbers <<<"$numbers" || true
  local IFS=,
  printf '<<%s>>' "${numbers[*]}"
}

# write_configuration: rabbitmq.conf with what is this pod's own.
write_configuration() {
  local node number=0
  (
    umask 077
    {
      cat /opt/ballast/rabbitmq.conf
      echo 'default_user = admin'
      if [ "$1" = join ]; then
        # Who joins never gives up and begins alone; and of two that answer, the one in a cluster is chosen.
        echo 'cluster_formation.peer_discovery_backend = classic_config'
        echo 'cluster_formation.discovery_retry_limit = 1000000'
        echo 'cluster_formation.discovery_retry_interval = 1000'
        for node in $serving "$(node_of "$me")"; do
          number=$((number + 1))
          echo "cluster_formation.classic_config.nodes.$number = $node"
        done
      fi
    } >"$RUN/rabbitmq.conf"
    # Counts only where the very first node begins. rabbitmq.conf takes blanks and # for its own.
    printf '[{rabbit, [{default_pass, %s}]}].\n' "$(secret admin-password | in_erlang)" >"$RUN/advanced.config"
  )
  cp /opt/ballast/enabled_plugins "$RUN/enabled_plugins"
}

# forget_predecessor: the others let go of the member that had my name, in the cluster and in its queues. They can only with a majority.
forget_predecessor() {
  local node=${serving##* }
  log "my volume is empty, and the cluster has a member of my name: letting $node forget it"
  tool "$node" rabbitmqctl forget_cluster_node "$(node_of "$me")" >&2 || log "not forgotten yet"
}

put_aside() {
  local number=1
  [ -e "$DATA/mnesia" ] || return 0
  # Never over what was put aside before: that may be the data that somebody wants.
  while [ -e "$DATA/mnesia.left-$number" ]; do number=$((number + 1)); done
  mv "$DATA/mnesia" "$DATA/mnesia.left-$number"
  log "what was on my volume is in $DATA/mnesia.left-$number"
}

decide() {
  local mark verdict said=''
  while :; do
    look_around
    mark=none
    [ ! -e "$MARK" ] || mark=$(cat "$MARK")
    verdict=$(begin "$(content "$me")" "$mark" "$FORMED" "$me" "$state")
    case $verdict in
      go)
        log "starting with the data on my volume"
        write_configuration go
        return 0
        ;;
      found)
        log "founding the cluster: none existed, no other node runs, and my volume is empty"
        echo founding >"$MARK"
        write_configuration found
        return 0
        ;;
      join)
        log "joining$serving (formed before: $FORMED)"
        put_aside
        echo joining >"$MARK"
        write_configuration join
        return 0
        ;;
      forget) forget_predecessor ;;
      renew)
        log "the cluster has no member of my name: putting my data aside"
        put_aside
        ;;
      *)
        [ "$said" = "$verdict" ] || log "${verdict#wait }"
        said=$verdict
        ;;
    esac
    sleep 1
  done
}

# shellcheck disable=SC2317  # called in the background
enable_khepri() {
  [[ $(tool "$(node_of "$me")" rabbitmqctl eval 'rabbit_khepri:is_enabled() orelse rabbit_feature_flags:enable(khepri_db) =:= ok.' 2>/dev/null) == *true* ]]
}

# settle: takes the mark away when the node belongs to the cluster and its queues have members here. Until then it is not ready.
# shellcheck disable=SC2317
settle() {
  local told node
  node=$(node_of "$me")
  until serves "$(host_of "$me")"; do sleep 1; done
  if [ "$(cat "$MARK")" = founding ]; then
    until enable_khepri; do
      log "waiting for the metadata store"
      sleep 1
    done
  else
    until told=$(members_told "$node") && [ -n "$told" ]; do sleep 1; done
    if [ "$told" = "$node" ]; then
      log "error: I began alone where I should have joined: starting again"
      kill -TERM 1
      return 0
    fi
    until tool "$node" rabbitmq-queues grow "$node" all --errors-only >&2; do
      log "waiting for queues to take a member here"
      sleep 2
    done
  fi
  rm -f "$MARK"
  log "belonging to the cluster"
}

main() {
  me=$(ordinal_of "$POD")
  replicas=$(cat /opt/ballast/replicas)
  log_in
  until getent hosts "$(host_of "$me")" >/dev/null; do sleep 0.5; done
  umask 027
  decide
  export RABBITMQ_CONFIG_FILE=$RUN/rabbitmq.conf RABBITMQ_ADVANCED_CONFIG_FILE=$RUN/advanced.config RABBITMQ_ENABLED_PLUGINS_FILE=$RUN/enabled_plugins RABBITMQ_PID_FILE=$RUN/rabbitmq.pid
  export RABBITMQ_MNESIA_BASE=$DATA/mnesia RABBITMQ_LOGS=- RABBITMQ_DIST_PORT=25672
  export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+sbwt none +sbwtdcpu none +sbwtdio none -rabbit quorum_cluster_size $replicas $ERLANG_FLAGS"
  if [ -e "$MARK" ]; then settle & fi
  run_server rabbitmq-server
}

[ -n "${BALLAST_TEST:-}" ] || main
