#!/bin/bash
# Readiness: the proxy greets clients.
set -eu

exec 3<>/dev/tcp/127.0.0.1/3307
[ "$(timeout 2 head -c 5 <&3 | wc -c)" = 5 ] || {
  echo 'no greeting within 2 s'
  exit 1
}
