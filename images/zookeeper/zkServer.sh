#!/bin/sh
# Starts a server in the foreground: zkServer.sh start-foreground [ZOO.CFG].
set -eu
home=$(dirname "$(dirname "$(readlink -f "$0")")")
# shellcheck disable=SC2086  # several flags
exec java ${JVMFLAGS:-} ${SERVER_JVMFLAGS:-} -cp "$home/lib/*" org.apache.zookeeper.server.quorum.QuorumPeerMain "${2:-${ZOO_CONF_DIR:-/conf}/zoo.cfg}"
