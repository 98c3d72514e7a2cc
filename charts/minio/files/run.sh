#!/bin/bash
# The minio container's main process: waits until this server may begin, and becomes the server.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

content() {
  if [ -e "$DATA/.minio.sys/format.json" ]; then echo data; else echo empty; fi
}

# await_turn: see begin.
await_turn() {
  local -a formed
  local last verdict words
  read -r -a formed <<<"${POOLS_FORMED:-}"
  # shellcheck disable=SC2153  # the environment's
  last=$((POOL - 1))
  [ "$POOL" -gt "${#formed[@]}" ] || last=$POOL
  while :; do
    words=''
    # shellcheck disable=SC2153
    if [ "$ARCHITECTURE" != standalone ] && [ "$(content)" = empty ]; then
      words=$(others "$([ "$last" = "$POOL" ] && echo "$POOL" || echo 1)" "$last")
    fi
    verdict=$(begin "$ARCHITECTURE" "$(content)" "$POOL" "${#formed[@]}" "${words//$'\n'/ }")
    case $verdict in
      go) break ;;
      *) say "${verdict#wait }" ;;
    esac
    sleep 2
  done
  say "starting with $(content) of pool $POOL, of which ${#formed[@]} are known to have data"
}

# restart_when_changed: root's password is also what the servers know each other by, so all take a new one at the same time.
# shellcheck disable=SC2317  # called in the background
restart_when_changed() {
  while sleep 2; do
    if changed "$AUTH/root-password"; then
      log "root's password was changed: starting again with the new one"
      kill -TERM 1
      return 0
    fi
  done
}

main() {
  local -a arguments volumes
  local line
  if [ "$ARCHITECTURE" != standalone ] && [ "$(ordinal_of "$POD")" -ge "${pools[POOL - 1]}" ]; then
    log "error: pool $POOL has ${pools[POOL - 1]} servers, and $POD is none of them: scale it back, and add a pool by helm upgrade"
    exit 1
  fi
  # Of the container before.
  rm -f "$RUN/waiting-since" "$RUN/serving-since"
  await_turn
  arguments=(--address :9000 --console-address :9001)
  if [ "$SCHEME" = https ]; then
    mkdir -p "$RUN/certs/CAs"
    ln -sf /etc/ballast/tls/tls.crt "$RUN/certs/public.crt"
    ln -sf /etc/ballast/tls/tls.key "$RUN/certs/private.key"
    ln -sf /etc/ballast/tls/ca.crt "$RUN/certs/CAs/ca.crt"
    arguments+=(--certs-dir "$RUN/certs")
  fi
  while read -r line; do
    case $line in
      \#* | '') ;;
      *) export "${line?}" ;;
    esac
  done </opt/ballast/settings
  contents "$AUTH/root-password"
  # shellcheck disable=SC2034,SC2154  # what changed compares with; contents sets it
  applied=$held
  restart_when_changed &
  MINIO_ROOT_USER=root MINIO_ROOT_PASSWORD=$(secret root-password)
  export MINIO_ROOT_USER MINIO_ROOT_PASSWORD
  if [ "$ARCHITECTURE" = standalone ]; then
    volumes=("$DATA")
  else
    mapfile -t volumes < <(layout)
    case $'\n'$(others 1 "${#pools[@]}") in
      *$'\n'waiting* | *$'\n'unlike* | *$'\n'away*) echo no >"$RUN/whole" ;;
      *) echo yes >"$RUN/whole" ;;
    esac
    # Which of them this is, whether its name resolves already or not.
    export _MINIO_SERVER_LOCAL=$POD.$SUFFIX:9000
  fi
  run_server "$(program minio silo)" server "${arguments[@]}" "${volumes[@]}"
}

[ -n "${BALLAST_TEST:-}" ] || main
