#!/bin/bash
# The kafka container's main process: writes the configuration, prepares an empty volume, and becomes the server.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

# Pods carry their zone from Kubernetes 1.35 on; before that a node counts as a rack of its own.
rack() {
  local zone=''
  zone=$(sed -n 's/^topology\.kubernetes\.io\/zone="\(.*\)"$/\1/p' /etc/ballast/pod/labels 2>/dev/null) || true
  echo "${zone:-$NODE}"
}

# write_configuration: server.properties with what is this pod's own, and with the servers' password.
write_configuration() {
  local listeners advertised login
  login=$(login plain.PlainLoginModule ballast "$(secret internal-password)" yes)
  if [ "$PART" = controller ]; then
    listeners='' advertised=''
  else
    listeners=,CLIENT://:9092,INTERNAL://:9094
    advertised=,CLIENT://$(host_of "$me"):9092,INTERNAL://$(host_of "$me"):9094
    if [ -n "${EXTERNAL_TYPE:-}" ]; then
      listeners+=,EXTERNAL://:9096
      advertised+=,EXTERNAL://$(outside "$me")
    fi
  fi
  if [ "$controller" = yes ]; then
    listeners+=,CONTROLLER://:9093
    advertised+=,CONTROLLER://$(controller_host "$me"):9093
  fi
  (
    umask 077
    if [ "$TLS" = true ]; then
      # One that begins differently is a key that Java can't read, which Kafka's log says in forty lines.
      grep -q -- '-----BEGIN PRIVATE KEY-----' /etc/ballast/tls/tls.key || {
        log "error: tls.key is not in PKCS#8: convert it by openssl pkcs8 -topk8 -nocrypt"
        exit 1
      }
      cat /etc/ballast/tls/tls.key /etc/ballast/tls/tls.crt >"$RUN/keystore.pem"
      # For readiness, which does not speak TLS.
      [ "$PART" = controller ] || listeners+=,LOCAL://127.0.0.1:9095
    fi
    {
      cat /opt/ballast/server.properties
      echo "broker.rack=$(rack)"
      echo "log.dirs=$DATA/kafka"
      echo "listeners=${listeners#,}"
      echo "advertised.listeners=${advertised#,}"
      if [ "$LEADERS" = zookeeper ]; then
        echo "broker.id=$id"
      else
        echo "node.id=$id"
        echo "process.roles=$(roles)"
        echo "controller.quorum.bootstrap.servers=$(controllers)"
        # One that lost its volume gives its old vote up and gets another when it has everything.
        [ "$controller" != yes ] || echo controller.quorum.auto.join.enable=true
        echo "listener.name.controller.plain.sasl.jaas.config=$login"
      fi
      if [ "$PART" = server ]; then
        echo "listener.name.internal.plain.sasl.jaas.config=$login"
        echo "listener.name.client.scram-sha-512.sasl.jaas.config=$scram"
        [ -z "${EXTERNAL_TYPE:-}" ] || echo "listener.name.external.scram-sha-512.sasl.jaas.config=$scram"
        [ "$TLS" != true ] || echo "listener.name.local.plain.sasl.jaas.config=$login"
      fi
    } >"$RUN/server.properties"
  )
}

scram='org.apache.kafka.common.security.scram.ScramLoginModule required;'

roles() {
  case $PART.$controller in
    controller.*) echo controller ;;
    *.yes) echo broker,controller ;;
    *) echo broker ;;
  esac
}

# await_zookeeper: a server that finds none ends.
await_zookeeper() {
  local server
  while :; do
    for server in ${ZOOKEEPER//,/ }; do
      if reaches "${server%:*}" "${server##*:}"; then return 0; fi
    done
    say "waiting for ZooKeeper at $ZOOKEEPER"
    sleep 1
  done
}

# format ARGUMENTS…: gives the volume this cluster's id.
format() {
  mkdir -p "$DATA/kafka"
  tool kafka-storage format --cluster-id "$(uuid_of "$CLUSTER")" --config "$RUN/server.properties" "$@" >&2
}

somebody_serves() {
  local ordinal
  for ((ordinal = 0; ordinal < CONTROLLERS; ordinal++)); do
    if [ "$PART.$ordinal" != "server.$me" ] && reaches "$(host_of "$ordinal")" 9092; then return 0; fi
  done
  return 1
}

main() {
  local me id verdict serving=no controller
  me=$(ordinal_of "$POD")
  id=$(id_of "$PART" "$me")
  controller=$(leads "$PART" "$me")
  if [ "$CLUSTERED" = true ] && somebody_serves; then serving=yes; fi
  write_configuration
  verdict=$(begin "$(content)" "$FORMED" "$(if [ "$LEADERS" = zookeeper ]; then echo zookeeper; else echo "$controller"; fi)" "$serving")
  case $verdict in
    go) log "starting with what is on my volume" ;;
    found)
      log "one of the first controllers: no cluster existed, no other member serves, and my volume is empty"
      if [ "$CLUSTERED" = true ]; then format --initial-controllers "$(first_controllers)"; else format --standalone; fi
      ;;
    join)
      log "joining with an empty volume (controller: $controller, formed before: $FORMED, another member serves: $serving)"
      if [ "$controller" = yes ]; then format --no-initial-controllers; else format; fi
      ;;
    *)
      log "error: ${verdict#refuse }"
      exit 1
      ;;
  esac
  KAFKA_OPTS=${JMX_AGENT:+-javaagent:$JMX_AGENT}
  if [ "$LEADERS" = zookeeper ]; then
    await_zookeeper
    KAFKA_OPTS+=$(log_in_to_zookeeper)
  fi
  KAFKA_LOG4J_OPTS=$(log4j)
  export KAFKA_OPTS KAFKA_LOG4J_OPTS KAFKA_HEAP_OPTS=$JVM_FLAGS LOG_DIR=/tmp EXTRA_ARGS=' '
  run_server "$KAFKA/kafka-server-start.sh" "$RUN/server.properties"
}

[ -n "${BALLAST_TEST:-}" ] || main
