#!/bin/bash
# Shared by the scripts in the server's image: who is who, commands to servers and Sentinels, and the decisions that must be right
# (unit-tested in test/render). Needs bash, coreutils, redis-server and redis-cli.
# shellcheck disable=SC1091
. "${SCRIPTS:-/opt/ballast}/common.sh"
# shellcheck source=decide.sh
. "${SCRIPTS:-/opt/ballast}/decide.sh"

DATA=${DATA:-/data}
# The name that Sentinels know the group by.
# shellcheck disable=SC2034  # used by those who source this
MASTER_NAME=ballast

# Names of members and of Sentinels are Services, not pods: they resolve, always to the same address, while a pod is away. A Sentinel keeps an
# address once it has resolved it, and gives a failover up over a name that does not resolve (redis/redis#9103, #11241).
member_host() {
  printf '%s-%s.%s' "$BASE" "$1" "$SUFFIX"
}

sentinel_host() {
  printf '%s-sentinel-%s.%s' "$BASE" "$1" "$SUFFIX"
}

# The ordinal in a member's or Sentinel's host name.
ordinal_of_host() {
  local pod=${1%%.*}
  printf '%s' "${pod##*-}"
}

# redis-cli as the charts' own account. Around a rotation some servers know the new password already and others only the one before, which is
# kept in RUN/previous then: that one is tried first.
# cli SECONDS INPUT ARGUMENTS…: INPUT is commands, among them those that hold a secret, or empty.
cli() {
  local seconds=$1 input=$2 password answer
  shift 2
  local -a tls=()
  [ "${TLS:-false}" = true ] && tls=(--tls --cacert /etc/ballast/tls/ca.crt)
  for password in "$RUN/previous" "$AUTH/system-password"; do
    [ -e "$password" ] || continue
    answer=$(REDISCLI_AUTH=$(cat "$password") timeout "$seconds" redis-cli --user ballast --no-auth-warning "${tls[@]}" "$@" <<<"$input" 2>&1) || return 1
    [[ $answer == *WRONGPASS* || $answer == *NOAUTH* ]] || break
  done
  printf '%s\n' "$answer"
}

# member ORDINAL ARGUMENTS… and sentinel ORDINAL ARGUMENTS…: one command, or `-` for commands from standard input.
member() {
  ask_server "$(member_host "$1")" 6379 "${@:2}"
}

sentinel() {
  ask_server "$(sentinel_host "$1")" 26379 "${@:2}"
}

ask_server() {
  local input=''
  if [ "$3" = - ]; then
    input=$(cat)
    set -- "$1" "$2"
  fi
  cli 1 "$input" -h "$1" -p "$2" "${@:3}"
}

# The same to this member's own server, over its socket.
own() {
  local input=''
  if [ "$1" = - ]; then
    input=$(cat)
    set --
  fi
  TLS=false cli 5 "$input" -s "$RUN/redis.sock" "$@"
}

sha256_of() {
  printf '%s' "$1" | sha256sum | cut -d' ' -f1
}

# field NAME: from the INFO on standard input.
field() {
  sed -n "s/^$1:\([^\r]*\).*/\1/p"
}

# The ACL file: the charts' own accounts and the application's, with digests in place of passwords. Sentinels may do here what they need to
# watch and nothing that changes a role: the agent does that itself (see may_be_promoted).
accounts() {
  local directory
  printf 'user default on #%s ~* &* +@all\n' "$(sha256_of "$(secret password)")"
  printf 'user ballast on #%s ~* &* +@all\n' "$(sha256_of "$(secret system-password)")"
  printf 'user ballast-monitor on #%s ~* &* -@all +@read +@connection +info +config|get +latency +slowlog +memory +client|list +cluster|info +cluster|nodes\n' \
    "$(sha256_of "$(secret monitor-password)")"
  if [ "$ARCHITECTURE" = sentinel ]; then
    printf 'user ballast-sentinel on #%s &* -@all +multi +exec +ping +info +role +publish +subscribe +psubscribe +client|setname +client|kill +config|rewrite +script|kill\n' \
      "$(sha256_of "$(secret sentinel-password)")"
  fi
  for directory in /etc/ballast/users/*/; do
    [ -d "$directory" ] || continue
    printf 'user %s on #%s %s\n' "$(cat "$directory/username")" "$(sha256_of "$(cat "$directory/password")")" \
      "$(cat "/opt/ballast/rules-$(basename "$directory")")"
  done
}
