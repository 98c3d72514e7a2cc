#!/bin/bash
# Hook Jobs: `provision` after install and upgrade makes virtual hosts, accounts, policies and queues, forgets nodes that are gone and shares out who leads;
# `drain` before an upgrade takes queues from nodes that are to go. Interrupted, the next run goes on.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh
# shellcheck source=queues.sh
. /opt/ballast/queues.sh
# shellcheck disable=SC1091
. /opt/ballast/hook.sh

# One of those that stay, and serves, into `node`.
# shellcheck disable=SC2034  # wait_for tells the reason
finds_node() {
  local ordinal
  for ((ordinal = 0; ordinal < REPLICAS; ordinal++)); do
    if PATIENCE=1 serves "$(host_of "$ordinal")"; then
      node=$(node_of "$ordinal")
      return 0
    fi
  done
  reason='no node takes clients'
  return 1
}

# Whom the cluster knows, and who runs, into `states`.
# shellcheck disable=SC2034
knows_states() {
  finds_node || return 1
  states=$(tool "$node" rabbitmqctl eval '[{N, lists:member(N, rabbit_nodes:list_running())} || N <- rabbit_nodes:list_members()].' 2>"$RUN/.tool-error" | states_in)
  [ -n "$states" ] || {
    reason=$(grep -m 1 . "$RUN/.tool-error") || reason='no answer'
    return 1
  }
}

# shellcheck disable=SC2034
all_run() {
  local ordinal
  knows_states || return 1
  ordinal=$(missing "$REPLICAS" <<<"$states")
  [ -z "$ordinal" ] || {
    reason="node $(host_of "$ordinal") does not run"
    return 1
  }
}

# definitions: what is to be there, with passwords in place of their marks.
write_definitions() {
  local text name directory
  text=$(cat /opt/ballast/definitions.json)
  text=${text//@PASSWORD:admin@/"$(in_quotes "$(secret admin-password)")"}
  for directory in /etc/ballast/users/*/; do
    [ -d "$directory" ] || continue
    name=$(basename "$directory")
    text=${text//@USERNAME:$name@/"$(in_quotes "$(cat "$directory/username")")"}
    text=${text//@PASSWORD:$name@/"$(in_quotes "$(cat "$directory/password")")"}
  done
  (
    umask 077
    printf '%s\n' "$text" >"$RUN/definitions.json"
  )
}

import_definitions() {
  write_definitions
  tool "$node" rabbitmqctl import_definitions "$RUN/definitions.json" >"$RUN/import.log" 2>&1 || {
    # Its words may hold a password.
    log "error: RabbitMQ did not take the definitions: $(grep -o -m 1 'inequivalent[^"]*\|invalid[^"]*\|no_such[^"]*' "$RUN/import.log" || echo 'its log says why')"
    return 1
  }
  rm -f "$RUN/definitions.json" "$RUN/import.log"
  log "virtual hosts, accounts, policies and queues are there"
}

# Its pod ends before it is forgotten: a node that runs can't be.
is_down() {
  knows_states && ! grep -qxF "$1 true" <<<"$states"
}

forget_gone() {
  local name
  while read -r name _; do
    wait_for 120 "$name to end" is_down "$name"
    log "forgetting $name, which is gone"
    tool "$node" rabbitmqctl forget_cluster_node "$name" >&2
  done < <(gone "$REPLICAS" <<<"$states")
}

# all_queues: of all virtual hosts, as left_on reads them. RabbitMQ's own list has every node connect to who asks, which no node finds here. A list that does not come to
# its end must not pass for one without queues: nodes are removed upon it.
all_queues() {
  local told
  told=$(tool "$node" rabbitmqctl eval 'lists:foreach(fun(Q) ->
      {resource, VHost, queue, Name} = amqqueue:get_name(Q),
      Exclusive = amqqueue:get_exclusive_owner(Q) =/= none,
      Nodes = case amqqueue:get_type_state(Q) of #{nodes := Members} -> Members; _ -> [node(amqqueue:get_pid(Q))] end,
      io:format("queue\t~ts in ~ts\t~s\t~s\t~s\t~ts~n", [Name, VHost, amqqueue:get_type(Q), amqqueue:is_durable(Q), Exclusive, lists:join(" ", [atom_to_list(N) || N <- Nodes])])
    end, rabbit_amqqueue:list()), io:format("that is all~n").') && grep -qx 'that is all' <<<"$told" || {
    log "error: $node did not list the queues"
    return 1
  }
  sed -n 's/^queue\t//p' <<<"$told"
}

drain() {
  local leaving name queues left
  if none_leaves "$REPLICAS" "$MOST"; then return 0; fi
  wait_for 300 "a node" knows_states
  leaving=$(gone "$REPLICAS" <<<"$states" | awk '{ print $1 }')
  [ -n "$leaving" ] || return 0
  leaving=${leaving//$'\n'/ }
  wait_for 300 "the nodes that stay" all_run
  queues=$(all_queues)
  left=$(left_on "$leaving" <<<"$queues" | grep -v -m 1 '^rabbit_quorum_queue ') || true
  [ -z "$left" ] || refuse "queue ${left#* } is a ${left%% *}, and has something on a node that is to go: move it to a quorum queue or delete it, or keep replicas at $((REPLICAS + $(wc -w <<<"$leaving")))"
  for name in $leaving; do
    log "taking queues from $name"
    tool "$node" rabbitmq-queues shrink "$name" --errors-only >&2
  done
  queues=$(all_queues)
  left=$(left_on "$leaving" <<<"$queues")
  [ -z "$left" ] || refuse "queue ${left#* } still has a member on a node that is to go: upgrade once more"
  log "the nodes that go have nothing any more"
}

# What clients need, as early as that can be.
accounts() {
  wait_for 300 "the nodes" all_run
  import_definitions
}

provision() {
  accounts
  if [ "$ARCHITECTURE" = cluster ]; then
    forget_gone
    # How many members a new queue gets: those that were not restarted have not heard of it.
    tool "$node" rabbitmqctl eval "[rpc:call(N, application, set_env, [rabbit, quorum_cluster_size, $REPLICAS]) || N <- rabbit_nodes:list_running()]." >/dev/null
    tool "$node" rabbitmq-queues rebalance quorum >/dev/null
  fi
}

main() {
  log_in
  "$1"
}

[ -n "${BALLAST_TEST:-}" ] || main "$@"
