#!/bin/sh
# The nginx container's main process. Where the node has no IPv6, nginx would not start with an address of it.
set -eu

for port in 8080 8081 9090; do
  {
    echo "listen $port;"
    if [ -s /proc/net/if_inet6 ]; then echo "listen [::]:$port;"; fi
  } >"/run/ballast/listen-$port.conf"
done
exec nginx -e stderr -c /opt/ballast/nginx.conf
