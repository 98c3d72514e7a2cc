#!/bin/bash
# Shared by the scripts in the server's image: names, RabbitMQ's own commands, and the decisions that must be right (unit-tested in test/render).
# Needs bash, coreutils, awk, grep, getent, and RabbitMQ's own commands on PATH.
# shellcheck disable=SC1091
. "${SCRIPTS:-/opt/ballast}/common.sh"

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
  [ "$(timeout "${PATIENCE:-3}" bash -c ': <>"/dev/tcp/$0/5672" && exec 3<>"/dev/tcp/$0/15672" && printf "HEAD / HTTP/1.0\r\n\r\n" >&3 && head -c 5 <&3' "$1" 2>/dev/null)" = HTTP/ ]
}

# runs HOST: something listens where nodes talk to each other.
runs() {
  # shellcheck disable=SC2016
  timeout 1 bash -c ': <>"/dev/tcp/$0/25672"' "$1" 2>/dev/null
}

# nodes_in: reads a term that a node printed; prints the names of nodes in it, blanks between.
nodes_in() {
  local names
  names=$(grep -o "'rabbit@[^']*'" | tr -d "'") || true
  echo "${names//$'\n'/ }"
}

# members_told NODE: whom a node takes for the cluster's members; nothing from one that is not yet, or not any more, part of it.
members_told() {
  tool "$1" rabbitmqctl eval 'rabbit:is_running() andalso rabbit_khepri:is_enabled() andalso rabbit_nodes:list_members().' 2>/dev/null | nodes_in
}

# membership NODE REPLICAS RUNNING: reads what other nodes that serve say of the members, a line each; is NODE one of them?
#   member | stranger (a majority says no) | unsure (fewer say no) | silent (nobody said anything, and somebody runs) | nobody
membership() {
  awk -v node="$1" -v replicas="$2" -v running="$3" '
    NF == 0 { next }
    { told++; for (i = 1; i <= NF; i++) if ($i == node) member = 1 }
    END {
      if (member) print "member"
      else if (told > replicas / 2) print "stranger"
      else if (told) print "unsure"
      else print (running == "yes" ? "silent" : "nobody")
    }'
}

# begin CONTENT MARK FORMED ORDINAL MEMBERSHIP: how does this node begin?
#   CONTENT     empty | data, of my volume
#   MARK        none | founding | joining: I was not yet known to belong to the cluster when I ended
#   FORMED      true when the cluster existed once; anything else when not
#   MEMBERSHIP  see there
# Prints
#   go      with what the volume has
#   found   a cluster of its own, which the others join
#   join    those that serve
#   forget  let the others forget who had my name, and look again: it could answer for data that are gone
#   renew   put what I have aside, and look again: the others know no such member
#   wait REASON
begin() {
  case $1.$2.$5 in
    data.joining.stranger | data.joining.unsure | data.*.stranger) echo renew ;;
    data.*) echo go ;;
    empty.*.member) echo forget ;;
    empty.*.stranger | empty.*.unsure) echo join ;;
    empty.*)
      case $3.$4.$5 in
        true.*) echo "wait my volume is empty, and a cluster existed: waiting for a majority of its members, which lets me in" ;;
        *.0.nobody) echo found ;;
        *) echo "wait my volume is empty: waiting for a node that serves" ;;
      esac
      ;;
  esac
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
