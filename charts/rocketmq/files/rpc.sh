#!/bin/bash
# RocketMQ's remoting protocol, as much as the scripts need of it: one request, one answer, without the seconds that a JVM takes to start.
#   rpc.sh HOST PORT CODE [NAME=VALUE…]   prints the answer's body; what is in RPC_BODY is sent along
# Ends with 1 when there is no answer and with 2 when it is a refusal, whose reason goes to standard error. Requests are signed for the account `ballast`
# where there is a password.
set -eu
export LC_ALL=C

# int32 NUMBER: its four bytes, escaped.
int32() {
  printf '\\x%02x\\x%02x\\x%02x\\x%02x' $(($1 >> 24 & 255)) $(($1 >> 16 & 255)) $(($1 >> 8 & 255)) $(($1 & 255))
}

# bytes_of HEX: escaped.
bytes_of() {
  local at
  for ((at = 0; at < ${#1}; at += 2)); do printf '\\x%s' "${1:at:2}"; done
}

# hmac KEY TEXT: HMAC-SHA1 in base64. By builtins, because a program's arguments can be seen by others.
hmac() {
  local hex inner='' outer='' at byte digest
  hex=$(printf %s "$1" | od -An -v -tx1 | tr -d ' \n')
  [ "${#hex}" -le 128 ] || hex=$(printf %s "$1" | sha1sum | cut -c 1-40)
  while [ "${#hex}" -lt 128 ]; do hex+=00; done
  for ((at = 0; at < 128; at += 2)); do
    byte=$((16#${hex:at:2}))
    printf -v inner '%s\\x%02x' "$inner" $((byte ^ 0x36))
    printf -v outer '%s\\x%02x' "$outer" $((byte ^ 0x5c))
  done
  digest=$({
    printf %b "$inner"
    printf %s "$2"
  } | sha1sum | cut -c 1-40)
  digest=$(printf %b "$outer$(bytes_of "$digest")" | sha1sum | cut -c 1-40)
  printf %b "$(bytes_of "$digest")" | base64
}

# header CODE [NAME=VALUE…]: the request's header with the fields that it has, and the signature of their values in the order of their names.
header() {
  local code=$1 password='' field fields='' values='' sorted
  shift
  if [ -r "${AUTH:-/etc/ballast/auth}/internal-password" ]; then
    password=$(cat "${AUTH:-/etc/ballast/auth}/internal-password")
    set -- "$@" AccessKey=ballast
  fi
  if [ $# -gt 0 ]; then
    sorted=$(printf '%s\n' "$@" | sort -t = -k 1,1)
    while IFS= read -r field; do
      fields+=",\"${field%%=*}\":\"${field#*=}\""
      values+=${field#*=}
    done <<<"$sorted"
  fi
  [ -z "$password" ] || fields+=",\"Signature\":\"$(hmac "$password" "$values${RPC_BODY:-}")\""
  printf '{"code":%d,"extFields":{%s},"flag":0,"language":"OTHER","opaque":1,"serializeTypeCurrentRPC":"JSON","version":495}' "$code" "${fields#,}"
}

# number: the next four bytes of the answer; the first of them is left out when told.
# No process substitution here or above: nobody waits for one, and a JVM that has become PID 1 never asks about processes that it inherits.
number() {
  local bytes first second third fourth
  bytes=$(head -c 4 <&3 | od -An -tu1)
  read -r first second third fourth <<<"$bytes"
  [ -n "${fourth:-}" ] || return 1
  [ $# = 0 ] || first=0
  echo $(((first << 24) + (second << 16) + (third << 8) + fourth))
}

main() {
  local host=$1 port=$2 head total length answer
  shift 2
  head=$(header "$@")
  exec 3<>"/dev/tcp/$host/$port"
  {
    printf %b "$(int32 $((4 + ${#head} + $(printf %s "${RPC_BODY:-}" | wc -c))))$(int32 ${#head})"
    printf %s "$head${RPC_BODY:-}"
  } >&3
  total=$(number)
  length=$(number whole)
  answer=$(head -c "$length" <&3)
  head -c $((total - 4 - length)) <&3
  [[ $answer =~ \"code\":0[,}] ]] || {
    answer=${answer#*'"remark":"'}
    echo "${answer%%'"'*}" >&2
    exit 2
  }
}

[ -n "${BALLAST_TEST:-}" ] || main "$@"
