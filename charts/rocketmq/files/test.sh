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
    printf 'accessKey: admin\nsecretKey: "%s"\n' "$(sed 's/[\\"]/\\&/g' "$AUTH/admin-password")" >"$RUN/home/conf/tools.yml"
  )
fi

admin() {
  timeout 60 java -Xmx96m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC "-Duser.home=$RUN/home" "-Drocketmq.home.dir=$RUN/home" -Drocketmq.client.logUseSlf4j=true \
    -Drmq.logback.configurationFile=/opt/ballast/logback-tools.xml -cp "$ROCKETMQ_HOME/lib/*" org.apache.rocketmq.tools.command.MQAdminStartup "$@" -n "$SERVICE_HOST:9876" 2>&1
}

admin updateTopic -c "$BASE" -t "$topic" -r 1 -w 1 | grep -q success || {
  log "error: the topic can't be made"
  exit 1
}
trap 'admin deleteTopic -c "$BASE" -t "$topic" >/dev/null' EXIT
for ((tries = 0; ; tries++)); do
  # A name server hears of the topic a moment later.
  said=$(admin sendMessage -t "$topic" -p "$record") || true
  [[ $said != *SEND_OK* ]] || break
  [ "$tries" -lt 3 ] || {
    log "error: the message can't be sent: $(tail -n 1 <<<"$said")"
    exit 1
  }
done
log "sent a message to $topic through $SERVICE_HOST"
admin consumeMessage -t "$topic" -c 1 | grep -q "$record" || {
  log "error: the message can't be consumed"
  exit 1
}
log "consumed it"
