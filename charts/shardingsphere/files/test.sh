#!/bin/bash
# helm test: the Service leads to a proxy that lets root in, and nobody with a wrong password; each database is there, and its MySQLs answer.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

await_port "$SERVICE_HOST" 3307
client_file "$SERVICE_HOST"
sql </dev/null
for database in $DATABASES; do
  has_database "$database" || {
    log "error: there is no database $database"
    exit 1
  }
  sql "--database=$database" <<<'SELECT 1' >/dev/null
  log "$database answers"
done
client_file "$SERVICE_HOST" wrong
if sql </dev/null 2>/dev/null; then
  log "error: somebody with a wrong password was let in"
  exit 1
fi
log "nobody is let in with a wrong password"
