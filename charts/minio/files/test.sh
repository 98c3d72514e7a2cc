#!/bin/bash
# helm test: an object that is put through the Service is read back the same.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

await_port "$SERVICE_HOST" 9000
log_in
record=$(cat /proc/sys/kernel/random/uuid)
bucket=ballast-helm-test-$record
client mb "store/$bucket" >/dev/null
# Not by its pipe, which takes half a gibibyte of memory for what may become large.
printf '%s' "$record" >"$RUN/record"
client cp "$RUN/record" "store/$bucket/record" >/dev/null
log "put an object into $bucket through $SERVICE_HOST"
[ "$(client cat "store/$bucket/record")" = "$record" ] || {
  log "error: the object can't be read back"
  exit 1
}
log "read it back"
client rb --force "store/$bucket" >/dev/null
