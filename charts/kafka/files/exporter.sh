#!/bin/sh
# The exporter's main process. The password goes in by a file of arguments, so that no process list shows it.
set -eu
umask 077
{
  echo "--kafka.server=$SERVICE_HOST:9092"
  if [ "$TLS" = true ]; then
    echo --tls.enabled
    echo --tls.ca-file=/etc/ballast/tls/ca.crt
  fi
  if [ "$AUTH_REQUIRED" = true ]; then
    echo --sasl.enabled
    echo --sasl.mechanism=scram-sha512
    echo --sasl.username=admin
    echo "--sasl.password=$(cat /etc/ballast/auth/admin-password)"
  fi
} >/run/ballast/arguments
exec /bin/kafka_exporter @/run/ballast/arguments
