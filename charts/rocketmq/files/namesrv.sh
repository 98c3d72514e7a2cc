#!/bin/bash
# The name server's main process. Where there are controllers, each name server is one.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

# peers: the controllers as DLedger wants them. What stands before the first dash is the id.
peers() {
  local ordinal list=''
  for ((ordinal = 0; ordinal < NAME_SERVERS; ordinal++)); do list+=";n$ordinal-$BASE-namesrv-$ordinal.$NAME_SUFFIX:9878"; done
  echo "${list#;}"
}

main() {
  mkdir -p "$RUN/home"
  {
    cat /opt/ballast/namesrv.conf
    echo listenPort=9876
    echo "kvConfigPath=$RUN/home/kvConfig.json"
    if [ "$ARCHITECTURE" = controller ]; then
      echo enableControllerInNamesrv=true
      echo controllerDLegerGroup=controllers
      echo "controllerDLegerPeers=$(peers)"
      echo "controllerDLegerSelfId=n$(ordinal_of "$POD")"
      echo "controllerStorePath=$DATA"
    fi
  } >"$RUN/namesrv.conf"
  # shellcheck disable=SC2086  # several flags
  run_server java $JVM_FLAGS "-Duser.home=$RUN/home" "-Drocketmq.home.dir=$RUN/home" -Drmq.logback.configurationFile=/opt/ballast/logback.xml \
    -cp "$ROCKETMQ_HOME/lib/*" org.apache.rocketmq.namesrv.NamesrvStartup -c "$RUN/namesrv.conf"
}

[ -n "${BALLAST_TEST:-}" ] || main
