#!/bin/bash
# The broker container's main process: writes the configuration, looks at the volume, and runs the broker.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh
# shellcheck source=restore.sh
. /opt/ballast/restore.sh
# shellcheck source=watch.sh
. /opt/ballast/watch.sh

# content: of my volume. What a broker writes beside its messages says nothing: one that lost its volume while it ran writes that again before it ends.
content() {
  local file
  if [ -e "$DATA/restoring" ]; then
    echo half
  elif [ -e "$DATA/.ballast" ]; then
    for file in "$DATA"/commitlog/*; do
      [ -e "$file" ] || continue
      [ "$(stat -c %s "$file")" = "$FILE_SIZE" ] || {
        stat -c %s "$file"
        return 0
      }
    done
    echo own
  elif compgen -G "$DATA/commitlog/*" >/dev/null; then
    echo unnamed
  else
    echo empty
  fi
}

# mark: the volume has from now on what this broker has.
mark() {
  : >"$DATA/.ballast"
}

# in_properties TEXT: as it stands in a file of properties.
in_properties() {
  printf '%s' "${1//\\/\\\\}"
}

write_configuration() {
  local me=$1 role=SLAVE
  [ "$me" != 0 ] || role=$([ "$REPLICATION" = sync ] && [ "$ARCHITECTURE" = masterSlave ] && echo SYNC_MASTER || echo ASYNC_MASTER)
  (
    umask 077
    {
      cat /opt/ballast/broker.conf
      echo "brokerClusterName=$BASE"
      echo "brokerName=broker-$GROUP"
      echo "brokerIP1=$(host_of "$GROUP" "$me")"
      echo "brokerIP2=$(host_of "$GROUP" "$me")"
      echo "namesrvAddr=$(name_servers 9876)"
      echo "storePathRootDir=$DATA"
      echo "storePathCommitLog=$DATA/commitlog"
      if [ "$ARCHITECTURE" = controller ]; then
        echo enableControllerMode=true
        echo "controllerAddr=$(name_servers 9878)"
        echo brokerId=-1
        echo brokerRole=SLAVE
      else
        echo "brokerId=$me"
        echo "brokerRole=$role"
      fi
      if [ "$AUTH_REQUIRED" = true ]; then
        echo "initAuthenticationUser=$(in_properties "{\"username\":\"admin\",\"password\":\"$(in_quotes "$(secret admin-password)")\"}")"
        echo "innerClientAuthenticationCredentials=$(in_properties "{\"accessKey\":\"ballast\",\"secretKey\":\"$(in_quotes "$(secret internal-password)")\"}")"
      fi
    } >"$RUN/broker.conf"
  )
}

# direct_bytes PROCESSORS <CONFIGURATION: what netty may hold outside of the heap. Every thread that ever writes a message keeps a buffer for the longest one,
# and a broker has some hundred of them, more with every processor. Of each only what messages fill is real, but netty counts them whole: with less than
# this, a broker that has been used for a while refuses acknowledgements and sends for want of memory of which it has plenty.
direct_bytes() {
  local longest
  longest=$(sed -n 's/^maxMessageSize=//p' | tail -n 1)
  echo $(((128 + 8 * $1) * (${longest:-4194304} + 65536)))
}

# broker_command CONFIGURATION: what runs the broker, into `command`.
broker_command() {
  # shellcheck disable=SC2206  # several flags
  command=(java "-Dio.netty.maxDirectMemory=$(direct_bytes "$(nproc)" <"$1")" $JVM_FLAGS "-Duser.home=$RUN/home" "-Drocketmq.home.dir=$RUN/home" -Drmq.logback.configurationFile=/opt/ballast/logback.xml
  -cp "$ROCKETMQ_HOME/lib/*" org.apache.rocketmq.broker.BrokerStartup -c "$1")
}

# announce: a broker tells the name servers of itself when it starts, before it has found any, and only after ten seconds again. A change of its permission,
# to what it is, makes it tell them at once.
announce() {
  local tries
  for ((tries = 0; tries < 600; tries++)); do
    if RPC_BODY=brokerPermission=6 rpc 127.0.0.1 10911 25 >/dev/null 2>&1; then return 0; fi
    sleep 0.5
  done
}

some_name_server() {
  ask_name_server 106 >/dev/null 2>&1
}

main() {
  local me verdict deadline=$((SECONDS + 60))
  me=$(ordinal_of "$POD")
  mkdir -p "$RUN/home" "$DATA"
  verdict=$(begin "$(content)" "$(formed_group "$GROUP" "${GROUPS_FORMED:-}")")
  case $verdict in
    go) log "starting with what is on my volume" ;;
    found) log "beginning anew: my volume is empty, and my group never existed" ;;
    join) log "joining my group with an empty volume" ;;
    restore) ;;
    *)
      log "error: ${verdict#refuse }"
      exit 1
      ;;
  esac
  write_configuration "$me"
  if [ "$verdict" = restore ]; then
    # What a run left that was interrupted.
    rm -rf "$DATA"
    restore "$me" || {
      log "error: could not restore my volume: trying again"
      exit 1
    }
  fi
  mark
  # A broker that finds none tries again only after ten seconds.
  until some_name_server || [ "$SECONDS" -ge "$deadline" ]; do sleep 0.5; done
  if [ "$ARCHITECTURE" = controller ]; then
    start_watched "$(host_of "$GROUP" "$me")" "$RUN/broker.conf"
  else
    announce &
    broker_command "$RUN/broker.conf"
    run_server "${command[@]}"
  fi
}

[ -n "${BALLAST_TEST:-}" ] || main
