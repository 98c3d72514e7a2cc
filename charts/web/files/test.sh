#!/bin/sh
# helm test, in the curl image: the project answers through the Service, by way of nginx.
set -eu

# Where NetworkPolicies are enforced, others hear of a new pod a moment after it has started.
code=$(curl --silent --show-error --retry 5 --retry-connrefused --retry-delay 2 --max-time 20 --output /dev/null --write-out '%{http_code}' "$URL")
case $code in
  [23]*) echo "$URL answers $code" ;;
  *)
    echo "error: $URL answers $code: see the log of the container web" >&2
    exit 1
    ;;
esac
