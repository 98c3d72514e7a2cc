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
  local listeners=CLIENT://:9092,INTERNAL://:9094 advertised login
  advertised=CLIENT://$(host_of "$me"):9092,INTERNAL://$(host_of "$me"):9094
  login=$(login plain.PlainLoginModule ballast "$(secret internal-password)" yes)
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
      listeners+=,LOCAL://127.0.0.1:9095
    fi
    {
      cat /opt/ballast/server.properties
      echo "node.id=$me"
      echo "broker.rack=$(rack)"
      echo "log.dirs=$DATA/kafka"
      echo "controller.quorum.bootstrap.servers=$(hosts_of "$first" 9093)"
      if [ "$controller" = yes ]; then
        echo process.roles=broker,controller
        # One that lost its volume gives its old vote up and gets another when it has everything.
        echo controller.quorum.auto.join.enable=true
        echo "listeners=$listeners,CONTROLLER://:9093"
        echo "advertised.listeners=$advertised,CONTROLLER://$(host_of "$me"):9093"
      else
        echo process.roles=broker
        echo "listeners=$listeners"
        echo "advertised.listeners=$advertised"
      fi
      echo "listener.name.internal.plain.sasl.jaas.config=$login"
      echo "listener.name.controller.plain.sasl.jaas.config=$login"
      [ "$TLS" != true ] || echo "listener.name.local.plain.sasl.jaas.config=$login"
      echo 'listener.name.client.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;'
    } >"$RUN/server.properties"
  )
}

# format ARGUMENTS…: gives the volume this cluster's id.
format() {
  mkdir -p "$DATA/kafka"
  tool kafka-storage format --cluster-id "$(uuid_of "$CLUSTER")" --config "$RUN/server.properties" "$@" >&2
}

somebody_serves() {
  local ordinal
  for ((ordinal = 0; ordinal < CONTROLLERS; ordinal++)); do
    if [ "$ordinal" != "$me" ] && reaches "$(host_of "$ordinal")" 9092; then return 0; fi
  done
  return 1
}

main() {
  local me verdict serving=no first=1 controller=yes
  me=$(ordinal_of "$POD")
  if [ "$ARCHITECTURE" = kraft ]; then
    first=$CONTROLLERS
    [ "$me" -lt "$CONTROLLERS" ] || controller=no
    if somebody_serves; then serving=yes; fi
  fi
  write_configuration
  verdict=$(begin "$(content)" "$FORMED" "$controller" "$serving")
  case $verdict in
    go) log "starting with the data on my volume" ;;
    found)
      log "one of the first controllers: no cluster existed, no other member serves, and my volume is empty"
      if [ "$ARCHITECTURE" = kraft ]; then format --initial-controllers "$(first_controllers)"; else format --standalone; fi
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
  export KAFKA_HEAP_OPTS=$JVM_FLAGS KAFKA_LOG4J_OPTS=-Dlog4j2.configurationFile=/opt/ballast/log4j2.xml LOG_DIR=/tmp EXTRA_ARGS=' '
  exec "$KAFKA/kafka-server-start.sh" "$RUN/server.properties"
}

[ -n "${BALLAST_TEST:-}" ] || main
