#!/bin/bash
# helm test: a configuration that is published through the Service, and an instance that is registered, are told by every member.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

# eventually WHAT COMMAND…: members hear of a change soon, not at once.
eventually() {
  local what=$1 deadline=$((SECONDS + 30))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$deadline" ] || {
      log "error: $what"
      exit 1
    }
    sleep 0.5
  done
}

told() {
  http GET "/v1/cs/configs?dataId=$record&group=ballast" | grep -qx "$record"
}

registered() {
  http GET "/v1/ns/instance/list?serviceName=$record&groupName=ballast" | grep -q '"ip":"nobody.invalid"'
}

record=ballast-helm-test-$(cat /proc/sys/kernel/random/uuid)
await_port "$SERVICE_HOST" 8848
HOST=$SERVICE_HOST
log_in || {
  log "error: $HOST does not let the administrator in"
  exit 1
}
[ "$(http POST /v1/cs/configs "dataId=$record&group=ballast&content=$record")" = true ]
log "published $record through $HOST"
instance="serviceName=$record&groupName=ballast&ip=nobody.invalid&port=80&ephemeral=false"
[ "$(http POST /v1/ns/instance "$instance")" = ok ]
log "registered an instance"
for HOST in $MEMBER_HOSTS; do
  eventually "$HOST does not tell the configuration" told
  eventually "$HOST does not tell the instance" registered
  log "$HOST tells both"
done
HOST=$SERVICE_HOST
http DELETE "/v1/ns/instance?$instance" >/dev/null
http DELETE "/v1/cs/configs?dataId=$record&group=ballast" >/dev/null
if token='' http POST /v1/cs/configs "dataId=$record&group=ballast&content=x" >/dev/null && [ "$AUTH_REQUIRED" = true ]; then
  log "error: somebody who did not log in could publish"
  exit 1
fi
