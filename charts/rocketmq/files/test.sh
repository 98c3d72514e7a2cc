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

# persist WHAT PATTERN NAME_SERVER COMMAND [OPTION…]: runs a command until it says the pattern, for a minute: a name server hears of brokers and topics a moment
# later, and a loaded one answers late.
persist() {
  local what=$1 pattern=$2 deadline=$((SECONDS + 60)) said
  shift 2
  until said=$(admin "$@") && [[ $said == *"$pattern"* ]]; do
    [ "$SECONDS" -lt "$deadline" ] || {
      log "error: $what: $(tail -n 1 <<<"$said")"
      exit 1
    }
  done
}

persist "the topic can't be made" success "$NAME_SERVER" updateTopic -c "$BASE" -t "$topic" -r 1 -w 1
trap 'admin "$NAME_SERVER" deleteTopic -c "$BASE" -t "$topic" >/dev/null' EXIT
# A proxy is a name server to its clients, and itself all the brokers there are.
for at in "$NAME_SERVER" ${PROXY:+"$PROXY"}; do
  persist "the message can't be sent through $at" SEND_OK "$at" sendMessage -t "$topic" -p "$record $at"
  log "sent a message to $topic through $at"
  persist "the message can't be consumed through $at" "$record $at" "$at" consumeMessage -t "$topic" -c 2
  log "consumed it"
done
