#!/bin/bash
# Shared by the scripts in RocketMQ's image: names, requests, and the decisions that must be right (unit-tested in test/render).
# Needs bash, coreutils, awk, sed, grep and getent.
# shellcheck disable=SC1091
. "${SCRIPTS:-/opt/ballast}/common.sh"
# shellcheck source=decide.sh
. "${SCRIPTS:-/opt/ballast}/decide.sh"

# In a directory of its own, because a volume may have one that is nobody's (lost+found).
# shellcheck disable=SC2034  # used by those who source this
DATA=${DATA:-/home/rocketmq/store/rocketmq}

# host_of GROUP ORDINAL: a broker.
host_of() {
  printf '%s-broker-%s-%s.%s' "$BASE" "$1" "$2" "$SUFFIX"
}

# name_servers PORT: as RocketMQ wants them.
name_servers() {
  local ordinal list=''
  for ((ordinal = 0; ordinal < NAME_SERVERS; ordinal++)); do list+=";$BASE-namesrv-$ordinal.$NAME_SUFFIX:$1"; done
  echo "${list#;}"
}

# rpc HOST PORT CODE [NAME=VALUE…]: the answer of one server within PATIENCE seconds (3); see rpc.sh.
rpc() {
  local status=0
  timeout "${PATIENCE:-3}" bash /opt/ballast/rpc.sh "$@" || status=$?
  [ "$status" != 124 ] || echo "$1:$2 did not answer within ${PATIENCE:-3} s" >&2
  return "$status"
}

# ask_name_server CODE [NAME=VALUE…]: the answer of the first name server that has one.
ask_name_server() {
  local ordinal
  for ((ordinal = 0; ordinal < NAME_SERVERS; ordinal++)); do
    if rpc "$BASE-namesrv-$ordinal.$NAME_SUFFIX" 9876 "$@"; then return 0; fi
  done
  return 1
}

# ask_controller CODE [NAME=VALUE…]: the answer of the controller that leads; the others refuse.
ask_controller() {
  local ordinal
  for ((ordinal = 0; ordinal < NAME_SERVERS; ordinal++)); do
    if rpc "$BASE-namesrv-$ordinal.$NAME_SUFFIX" 9878 "$@"; then return 0; fi
  done
  return 1
}

# number_of NAME: of the first number of that name in the JSON on standard input, quoted or not.
number_of() {
  grep -o "\"$1\":\"*-*[0-9]*" | sed 's/.*[:"]//; q'
}
