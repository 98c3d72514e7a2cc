#!/bin/bash
# Readiness: the node belongs to the cluster, takes clients and answers, and reaches a majority: alone it could confirm nothing.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

[ ! -e "$MARK" ] || {
  echo "not yet part of the cluster"
  exit 1
}
serves 127.0.0.1 || {
  echo "no answer within 3 s"
  exit 1
}
me=$(ordinal_of "$POD") replicas=$(cat /opt/ballast/replicas) looks=''
for ((ordinal = 0; ordinal < replicas; ordinal++)); do
  if [ "$ordinal" = "$me" ]; then continue; fi
  runs "$(host_of "$ordinal")" &
  looks+=" $!"
done
reached=1
for look in $looks; do
  if wait "$look"; then reached=$((reached + 1)); fi
done
[ $((2 * reached)) -gt "$replicas" ] || {
  echo "reaching $reached of $replicas nodes"
  exit 1
}
