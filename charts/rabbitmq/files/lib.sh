#!/bin/bash
# Shared by the scripts in the server's image: names, RabbitMQ's own commands, and the decisions that must be right (unit-tested in test/render).
# Needs bash, coreutils, awk, grep, getent, and RabbitMQ's own commands on PATH.
# shellcheck disable=SC1091
. "${SCRIPTS:-/opt/ballast}/common.sh"
# shellcheck source=decide.sh
. "${SCRIPTS:-/opt/ballast}/decide.sh"

DATA=${DATA:-/var/lib/rabbitmq}
# There while this node is not yet known to belong to the cluster; says how it began: founding or joining.
# shellcheck disable=SC2034  # used by those who source this
MARK=$DATA/.forming

# Erlang and epmd mind every file that they may open, and some container engines allow a thousand million.
[ "$(ulimit -Sn)" != unlimited ] && [ "$(ulimit -Sn)" -le 65536 ] || ulimit -Sn 65536

host_of() {
  printf '%s-%s.%s' "$BASE" "$1" "$SUFFIX"
}

node_of() {
  printf 'rabbit@%s' "$(host_of "$1")"
}

# log_in: Erlang's cookie, where its programs look for it.
log_in() {
  export HOME=$RUN
  rm -f "$HOME/.erlang.cookie"
  (
    umask 377
    secret erlang-cookie >"$HOME/.erlang.cookie"
  )
}

# tool NODE NAME ARGUMENTS…: one of RabbitMQ's commands against a node.
tool() {
  local node=$1 name=$2
  shift 2
  RABBITMQ_NODENAME=$node RABBITMQ_USE_LONGNAME=true RABBITMQ_CTL_ERL_ARGS='+sbwt none' timeout "${PATIENCE:-60}" "$name" --quiet --longnames --node "$node" "$@" </dev/null
}

# serves HOST: it takes clients, and lives: the kernel takes connections for a server that hangs, too, so it has to answer something. That is asked of the
# management API, because AMQP would have each such look in the log.
serves() {
  # shellcheck disable=SC2016  # expanded by the inner bash
  [ "$(timeout "${PATIENCE:-3}" bash -c ': <>"/dev/tcp/$0/$1" && exec 3<>"/dev/tcp/$0/15672" && printf "HEAD / HTTP/1.0\r\n\r\n" >&3 && head -c 5 <&3' "$1" "$CLIENT_PORT" 2>/dev/null)" = HTTP/ ]
}

# runs HOST: something listens where nodes talk to each other.
runs() {
  reaches "$1" 25672
}

# members_told NODE: whom a node takes for the cluster's members; nothing from one that is not yet, or not any more, part of it.
members_told() {
  tool "$1" rabbitmqctl eval 'rabbit:is_running() andalso rabbit_khepri:is_enabled() andalso rabbit_nodes:list_members().' 2>/dev/null | nodes_in
}

# content: of my volume.
content() {
  if [ -e "$DATA/mnesia/$(node_of "$1")/coordination" ]; then echo data; else echo empty; fi
}

# http METHOD PATH [BODY]: the management API as admin, which SERVICE_HOST serves; prints the answer's body, and fails where that is an error.
http() {
  local answer login body=${3:-}
  login=$(printf 'admin:%s' "$(secret admin-password)" | base64 -w 0)
  exec 3<>"/dev/tcp/$SERVICE_HOST/15672"
  printf '%s %s HTTP/1.0\r\nHost: %s\r\nAuthorization: Basic %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s' \
    "$1" "$2" "$SERVICE_HOST" "$login" "${#body}" "$body" >&3
  answer=$(timeout 30 cat <&3)
  exec 3>&-
  printf '%s\n' "${answer#*$'\r\n\r\n'}"
  [[ $answer == HTTP/1.?\ 2* ]]
}
