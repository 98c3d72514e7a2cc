#!/bin/bash
# helm test: what is written through the Service can be read from every server.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

node=/ballast-helm-test-$(cat /proc/sys/kernel/random/uuid)

await_port "$SERVICE_HOST" 2181
CLIENT_HOSTS=$SERVICE_HOST:2181
said=$(client "create $node hello auth::cdrwa")
grep -q "Created $node" <<<"$said" || {
  log "error: could not write through $SERVICE_HOST: $(grep -m 1 -i 'exception\|error\|fail\|not ' <<<"$said" || echo "no answer")"
  exit 1
}
log "wrote $node through $SERVICE_HOST"
for host in $MEMBER_HOSTS; do
  await_port "$host" 2181
  CLIENT_HOSTS=$host:2181
  said=$(client "sync /
get $node")
  grep -q hello <<<"$said" || {
    log "error: $host does not have $node: $(grep -m 1 -i 'exception\|error\|fail\|not ' <<<"$said" || echo "no answer")"
    exit 1
  }
  log "read it from $host"
done
CLIENT_HOSTS=$SERVICE_HOST:2181
client "delete $node" >/dev/null
