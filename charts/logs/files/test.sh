#!/bin/sh
# helm test: a line that this container prints is found in every store.
set -eu

id=$(cat /proc/sys/kernel/random/uuid)
echo "helm test $id"
for store in $STORES; do
  left=60
  until curl --silent --show-error --fail --max-time 5 --output /run/ballast/found \
    --data-urlencode "query=_time:10m \"helm test $id\"" "http://$store:9428/select/logsql/query" &&
    grep -q "$id" /run/ballast/found; do
    left=$((left - 1))
    if [ "$left" -eq 0 ]; then
      echo "error: $store does not have the line after a minute: look at the pods of the collectors" >&2
      exit 1
    fi
    sleep 1
  done
  echo "found in $store"
done
