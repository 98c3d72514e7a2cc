#!/bin/bash
# Shared by the scripts in the server's image: names, Kafka's own commands, and the decisions that must be right (unit-tested in test/render).
# Needs bash, coreutils, awk, sed, grep, and Kafka's own scripts in KAFKA.
# shellcheck disable=SC1091
. "${SCRIPTS:-/opt/ballast}/common.sh"
# shellcheck source=decide.sh
. "${SCRIPTS:-/opt/ballast}/decide.sh"

KAFKA=${KAFKA:-/opt/kafka/bin}
DATA=${DATA:-/var/lib/kafka/data}
# Who leads the cluster's metadata is as many for life. Every cluster has at least as many servers.
CONTROLLERS=3

host_of() {
  printf '%s-%s.%s' "$BASE" "$1" "$SUFFIX"
}

# hosts_of COUNT PORT: the first members as Kafka wants them, commas between.
hosts_of() {
  local ordinal list=''
  for ((ordinal = 0; ordinal < $1; ordinal++)); do list+=",$(host_of "$ordinal"):$2"; done
  echo "${list#,}"
}

# id_of PART ORDINAL: a pod's number in the cluster. No cluster has a hundred servers.
id_of() {
  if [ "$1" = controller ]; then echo $((100 + $2)); else echo "$2"; fi
}

# controller_host ORDINAL: who leads the metadata: pods of their own, or the first servers.
controller_host() {
  if [ "$LEADERS" = controllers ]; then printf '%s-controller-%s.%s' "$BASE" "$1" "$CONTROLLER_SUFFIX"; else host_of "$1"; fi
}

# controllers: as Kafka wants them, commas between; there is one in a single server.
controllers() {
  local ordinal list=''
  for ((ordinal = 0; ordinal < $(count_of_controllers); ordinal++)); do list+=",$(controller_host "$ordinal"):9093"; done
  echo "${list#,}"
}

count_of_controllers() {
  if [ "$CLUSTERED" = true ]; then echo "$CONTROLLERS"; else echo 1; fi
}

# leads PART ORDINAL: yes for one that is to have a vote.
leads() {
  case $LEADERS.$1 in
    controllers.controller) echo yes ;;
    servers.server) if [ "$2" -lt "$(count_of_controllers)" ]; then echo yes; else echo no; fi ;;
    *) echo no ;;
  esac
}

# directory_of ID: that of a first controller's volume. It follows from the cluster's, because each has to know the others'.
directory_of() {
  local sum
  sum=$(printf '%s/%s' "$CLUSTER" "$1" | md5sum)
  uuid_of "${sum%% *}"
}

# first_controllers: as kafka-storage.sh wants them.
first_controllers() {
  local ordinal id of=server list=''
  if [ "$LEADERS" = controllers ]; then of=controller; fi
  for ((ordinal = 0; ordinal < CONTROLLERS; ordinal++)); do
    id=$(id_of "$of" "$ordinal")
    list+=",$id@$(controller_host "$ordinal"):9093:$(directory_of "$id")"
  done
  echo "${list#,}"
}

# content: of my volume.
content() {
  local id
  id=$(sed -n 's/^cluster\.id=//p' "$DATA/kafka/meta.properties" 2>/dev/null) || true
  case $id in
    '') if compgen -G "$DATA/kafka/*/partition.metadata" >/dev/null; then echo unnamed; else echo empty; fi ;;
    "$(uuid_of "$CLUSTER")") echo own ;;
    # Its id comes from ZooKeeper, with which the server compares it.
    *) if [ "$LEADERS" = zookeeper ]; then echo own; else echo "$id"; fi ;;
  esac
}

# outside ORDINAL: where clients outside of Kubernetes reach that server.
outside() {
  local host=${EXTERNAL_HOST:-$NODE_ADDRESS} port=$EXTERNAL_PORT
  if [ "$EXTERNAL_TYPE" = NodePort ]; then port=$((port + $1)); fi
  echo "${host//\{ordinal\}/$1}:$port"
}

# log4j [-tools]: the flags that name its configuration; Kafka 3 has the first version of it, and later ones the second.
log4j() {
  echo "-Dlog4j.configuration=file:/opt/ballast/log4j${1:-}.properties -Dlog4j2.configurationFile=/opt/ballast/log4j2${1:-}.xml"
}

# tool NAME ARGUMENTS…: one of Kafka's commands as the charts' own account, for which each script calls log_in first.
tool() {
  local name=$1
  shift
  KAFKA_HEAP_OPTS='-Xmx64m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC' KAFKA_LOG4J_OPTS=$(log4j -tools) LOG_DIR=/tmp \
  KAFKA_JVM_PERFORMANCE_OPTS=' ' timeout "${PATIENCE:-120}" "$KAFKA/$name.sh" "$@"
}

# admin NAME ARGUMENTS…: the same of the cluster.
admin() {
  tool "$@" --bootstrap-server "$(hosts_of "$CONTROLLERS" 9094)" --command-config "$RUN/client.properties"
}

# in_properties TEXT: as it stands in a file of properties.
in_properties() {
  printf '%s' "${1//\\/\\\\}"
}

# login MODULE NAME PASSWORD [ALSO]: what a file of properties says of a login; ALSO yes where the server lets the same account in.
login() {
  local password also=''
  password=$(in_quotes "$3")
  [ -z "${4:-}" ] || also=" user_$2=\"$password\""
  in_properties "org.apache.kafka.common.security.$1 required username=\"$2\" password=\"$password\"$also;"
}

# transport LOGIN: what a client's file of properties says of it; LOGIN yes where it has to log in.
transport() {
  local login=''
  [ "$1" != yes ] || login=SASL_
  if [ "${TLS:-false}" = true ]; then
    printf '%s\n' "security.protocol=${login}SSL" ssl.truststore.type=PEM ssl.truststore.location=/etc/ballast/tls/ca.crt
  else
    echo "security.protocol=${login}PLAINTEXT"
  fi
}

log_in() {
  (
    umask 077
    {
      transport yes
      echo sasl.mechanism=PLAIN
      echo "sasl.jaas.config=$(login plain.PlainLoginModule ballast "$(secret internal-password)")"
      echo default.api.timeout.ms=30000
      echo request.timeout.ms=10000
    } >"$RUN/client.properties"
  )
}
