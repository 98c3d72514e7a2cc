#!/bin/bash
# helm test: what is produced with acks=all, as a client would, can be consumed.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

record=$(cat /proc/sys/kernel/random/uuid)
topic=ballast-helm-test-$record
(
  umask 077
  {
    if [ "$AUTH_REQUIRED" = true ]; then
      transport yes
      echo sasl.mechanism=SCRAM-SHA-512
      echo "sasl.jaas.config=$(login scram.ScramLoginModule admin "$(secret admin-password)")"
    else
      transport no
    fi
  } >"$RUN/client.properties"
)
client() {
  local name=$1
  shift
  PATIENCE=60 tool "$name" --bootstrap-server "$SERVICE_HOST:9092" "$@"
}

await_port "$SERVICE_HOST" 9092
client kafka-topics --command-config "$RUN/client.properties" --create --if-not-exists --topic "$topic" --partitions 1 >/dev/null
client kafka-console-producer --producer.config "$RUN/client.properties" --producer-property acks=all --topic "$topic" <<<"$record" >/dev/null
log "produced a record to $topic through $SERVICE_HOST"
client kafka-console-consumer --consumer.config "$RUN/client.properties" --topic "$topic" --from-beginning --max-messages 1 2>/dev/null | grep -q "$record" || {
  log "error: the record can't be consumed"
  exit 1
}
log "consumed it"
client kafka-topics --command-config "$RUN/client.properties" --delete --topic "$topic" >/dev/null
