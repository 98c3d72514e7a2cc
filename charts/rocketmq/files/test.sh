#!/bin/bash
# helm test: what is sent, as a client would, can be consumed.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

record=$(cat /proc/sys/kernel/random/uuid)
topic=ballast-helm-test-$record
mkdir -p "$RUN/home/conf"
if [ "$AUTH_REQUIRED" = true ]; then
  (
    umask 077
    # A JSON string is a YAML one.
    printf 'accessKey: admin\nsecretKey: "%s"\n' "$(in_quotes "$(secret admin-password)")" >"$RUN/home/conf/tools.yml"
  )
fi

# admin NAME_SERVER COMMAND [OPTION…]
admin() {
  local at=$1
  shift
  timeout 60 java -Xmx96m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC "-Duser.home=$RUN/home" "-Drocketmq.home.dir=$RUN/home" -Drocketmq.client.logUseSlf4j=true \
    -Drmq.logback.configurationFile=/opt/ballast/logback-tools.xml -cp "$ROCKETMQ_HOME/lib/*" org.apache.rocketmq.tools.command.MQAdminStartup "$@" -n "$at" 2>&1
}

admin "$NAME_SERVER" updateTopic -c "$BASE" -t "$topic" -r 1 -w 1 | grep -q success || {
  log "error: the topic can't be made"
  exit 1
}
trap 'admin "$NAME_SERVER" deleteTopic -c "$BASE" -t "$topic" >/dev/null' EXIT
# A proxy is a name server to its clients, and itself all the brokers there are.
for at in "$NAME_SERVER" ${PROXY:+"$PROXY"}; do
  for ((tries = 0; ; tries++)); do
    # A name server hears of the topic a moment later.
    said=$(admin "$at" sendMessage -t "$topic" -p "$record $at") || true
    [[ $said != *SEND_OK* ]] || break
    [ "$tries" -lt 3 ] || {
      log "error: the message can't be sent through $at: $(tail -n 1 <<<"$said")"
      exit 1
    }
  done
  log "sent a message to $topic through $at"
  admin "$at" consumeMessage -t "$topic" -c 2 | grep -q "$record $at" || {
    log "error: the message can't be consumed through $at"
    exit 1
  }
  log "consumed it"
done
