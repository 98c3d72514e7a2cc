#!/bin/bash
# helm test: what is written through the Service can be read from every TiDB, and nobody gets in with a wrong password.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

# ask HOST PASSWORD: SQL from standard input.
ask() {
  local tls=(--skip-ssl)
  [ "$TLS" != true ] || tls=(--ssl --ssl-ca=/etc/ballast/tls/ca.crt --ssl-verify-server-cert)
  (
    umask 077
    printf '[client]\nuser=root\npassword="%s"\nhost="%s"\nport=4000\n' "$(in_quotes "$2")" "$1" >"$RUN/client.cnf"
  )
  mariadb --defaults-file="$RUN/client.cnf" "${tls[@]}" --batch --skip-column-names --connect-timeout=5
}

for host in "$SERVICE_HOST" $MEMBER_HOSTS; do await_port "$host" 4000; done
password=$(secret root-password)
token=$(cat /proc/sys/kernel/random/uuid)
ask "$SERVICE_HOST" "$password" <<<"CREATE DATABASE IF NOT EXISTS ballast; CREATE TABLE IF NOT EXISTS ballast.helm_test (id INT PRIMARY KEY, token CHAR(36));
  REPLACE INTO ballast.helm_test VALUES (1, '$token')"
log "wrote through $SERVICE_HOST"
for host in $MEMBER_HOSTS; do
  [ "$(ask "$host" "$password" <<<'SELECT token FROM ballast.helm_test WHERE id = 1')" = "$token" ] || {
    log "error: $host has another row"
    exit 1
  }
  log "read from $host"
done
for password in '' wrong; do
  if ask "$SERVICE_HOST" "$password" <<<'SELECT 1' >/dev/null 2>&1; then
    log "error: somebody was let in who does not know root's password"
    exit 1
  fi
done
log "nobody is let in with a wrong password"
