#!/bin/sh
# The command-line client.
set -eu
home=$(dirname "$(dirname "$(readlink -f "$0")")")
# shellcheck disable=SC2086  # several flags
exec java ${JVMFLAGS:-} ${CLIENT_JVMFLAGS:-} -cp "$home/lib/*" org.apache.zookeeper.ZooKeeperMain "$@"
