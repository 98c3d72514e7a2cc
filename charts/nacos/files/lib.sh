#!/bin/bash
# Shared by the scripts in the server's image: names, the server's HTTP API, and the decisions that must be right (unit-tested in test/systems/nacos).
# Needs bash, coreutils, sed and grep.
# shellcheck disable=SC1091
. "${SCRIPTS:-/opt/ballast}/common.sh"
# shellcheck source=decide.sh
. "${SCRIPTS:-/opt/ballast}/decide.sh"

DATA=${DATA:-/data}

host_of() {
  printf '%s-%s.%s' "$BASE" "$1" "$SUFFIX"
}

# in_properties TEXT: as it stands in a file of properties.
in_properties() {
  printf '%s' "${1//\\/\\\\}"
}

# in_form TEXT: as it stands in a form or a query, byte by byte.
in_form() {
  local LC_ALL=C text=$1 at byte
  for ((at = 0; at < ${#text}; at++)); do
    byte=${text:at:1}
    case $byte in
      [A-Za-z0-9._-]) printf '%s' "$byte" ;;
      *)
        printf -v byte '%d' "'$byte"
        printf '%%%02X' $((byte & 255))
        ;;
    esac
  done
}

# http METHOD PATH [FORM|JSON]: the API of HOST, with `token` if there is one; prints the answer's body, and fails where that is an error.
http() {
  local LC_ALL=C answer body=${3:-} type=application/x-www-form-urlencoded
  [ "${body:0:1}" != '{' ] || type=application/json
  # Another process connects, because that can't be given up in this one. It has no part of what is said.
  # shellcheck disable=SC2016  # expanded by the inner bash
  answer=$(
    timeout "${PATIENCE:-10}" bash -c 'exec 3<>"/dev/tcp/$0/8848" && cat >&3 && cat <&3' "${HOST:-127.0.0.1}" 2>/dev/null < <(
      printf '%s %s HTTP/1.0\r\nHost: %s\r\naccessToken: %s\r\nUser-Agent: ballast\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s' \
        "$1" "/nacos$2" "${HOST:-127.0.0.1}" "${token:-}" "$type" "${#body}" "$body"
    )
  ) || return 1
  printf '%s\n' "${answer#*$'\r\n\r\n'}"
  [[ $answer == HTTP/1.?\ 2* ]]
}

# token_for PASSWORD: the token of the administrator.
token_for() {
  local told
  told=$(http POST /v1/auth/users/login "username=nacos&password=$(in_form "$1")") || return 1
  told=$(grep -o '"accessToken":"[^"]*"' <<<"$told") || return 1
  told=${told#*:\"}
  printf '%s' "${told%\"}"
}

# log_in: as the administrator, whose token `http` sends from now on.
log_in() {
  token=$(token_for "$(secret admin-password)") || {
    token=''
    return 1
  }
}

# write_members: the names of all members. The server looks at the file, and takes members in and lets them go without a restart.
write_members() {
  local ordinal list='' count
  count=$(cat /opt/ballast/replicas)
  for ((ordinal = 0; ordinal < count; ordinal++)); do list+=$(host_of "$ordinal"):8848$'\n'; done
  [ "$list" != "${members:-}" ] || return 0
  printf '%s' "$list" >"$DATA/conf/.cluster.conf"
  mv "$DATA/conf/.cluster.conf" "$DATA/conf/cluster.conf"
  [ -z "${members:-}" ] || log "the members are now $count"
  members=$list
}
