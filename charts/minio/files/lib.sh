#!/bin/bash
# Shared by the scripts in the server's image: names, looks at servers, and MinIO's client.
# Needs bash, coreutils, curl, the server (minio, or silo) and its client (mc, or mcli); no sed, grep or awk, which the official image lacks.
# shellcheck disable=SC1091
. "${SCRIPTS:-/opt/ballast}/common.sh"
# shellcheck source=decide.sh
. "${SCRIPTS:-/opt/ballast}/decide.sh"

DATA=${DATA:-/data}
# Pools' sizes.
# shellcheck disable=SC2153  # the environment's
read -r -a pools <<<"$POOLS"

# program NAME NAME: the one of two that the image has.
program() {
  command -v "$1" || command -v "$2" || {
    log "error: the image has neither $1 nor $2: use one that has, see the chart's DESIGN.md"
    exit 1
  }
}

# set_of POOL: name of its StatefulSet.
set_of() {
  if [ "$1" = 1 ]; then printf '%s' "$BASE"; else printf '%s-pool-%s' "$BASE" "$1"; fi
}

# layout: the volumes of all servers, as MinIO's arguments.
layout() {
  local i
  for ((i = 1; i <= ${#pools[@]}; i++)); do
    printf '%s://%s-{0...%s}.%s:9000%s\n' "$SCHEME" "$(set_of "$i")" "$((pools[i - 1] - 1))" "$SUFFIX" "$DATA"
  done
}

# state_of HOST: serving, waiting (it answers, and has no quorum of servers like it), unlike (it answers by the other scheme alone: an upgrade is changing that) or away.
# A server with TLS answers 400 to who comes without. One that is busy answers 503, and serves.
state_of() {
  local told other=https look=(curl --silent --insecure --head --max-time 1)
  [ "$SCHEME" = http ] || other=http
  told=$("${look[@]}" "$SCHEME://$1:9000/minio/health/live") && [[ $told != HTTP/*' 400 '* ]] || {
    if "${look[@]}" "$other://$1:9000/minio/health/live" >/dev/null; then echo unlike; else echo away; fi
    return 0
  }
  case ${told,,} in
    *x-minio-server-status:\ offline*) echo waiting ;;
    *) echo serving ;;
  esac
}

# others FIRST LAST: a word on each server of these pools but myself.
others() {
  local i ordinal name
  for ((i = $1; i <= $2; i++)); do
    for ((ordinal = 0; ordinal < pools[i - 1]; ordinal++)); do
      name=$(set_of "$i")-$ordinal
      [ "$name" = "$POD" ] || state_of "$name.$SUFFIX" &
    done
  done
  wait
}

# log_in: the client's configuration, with root's password; the store is called `store` there.
log_in() {
  (
    umask 077
    mkdir -p "$RUN/mc/certs/CAs"
    printf '{"version":"10","aliases":{"store":{"url":"%s://%s:9000","accessKey":"root","secretKey":"%s","api":"s3v4","path":"auto"}}}\n' \
      "$SCHEME" "$SERVICE_HOST" "$(in_quotes "$(secret root-password)")" >"$RUN/mc/config.json"
    [ ! -e /etc/ballast/tls/ca.crt ] || cp /etc/ballast/tls/ca.crt "$RUN/mc/certs/CAs/"
  )
}

# client ARGUMENTS…: MinIO's client.
client() {
  "$(program mc mcli)" --config-dir "$RUN/mc" --no-color --quiet "$@"
}
