#!/bin/bash
# helm test: what is published, as a client would, can be consumed.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

record=$(cat /proc/sys/kernel/random/uuid)
queue=ballast-helm-test-$record
await_port "$SERVICE_HOST" 15672
http PUT "/api/queues/%2F/$queue" '{"durable":true}' >/dev/null
http POST /api/exchanges/%2F/amq.default/publish "{\"properties\":{\"delivery_mode\":2},\"routing_key\":\"$queue\",\"payload\":\"$record\",\"payload_encoding\":\"string\"}" |
  grep -q '"routed":true' || {
  log "error: the record was not taken by the queue"
  exit 1
}
log "published a record to $queue through $SERVICE_HOST"
http POST "/api/queues/%2F/$queue/get" '{"count":1,"ackmode":"ack_requeue_false","encoding":"auto"}' | grep -q "\"payload\":\"$record\"" || {
  log "error: the record can't be consumed"
  exit 1
}
log "consumed it"
http DELETE "/api/queues/%2F/$queue" >/dev/null
