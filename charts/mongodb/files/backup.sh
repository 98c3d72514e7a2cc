#!/bin/bash
# The CronJob's: a dump of all databases becomes a snapshot. Arguments: which snapshots are kept, as restic has it.
set -eu -o pipefail
# shellcheck source=lib.sh
. "${SCRIPTS:-/opt/ballast}/lib.sh"
# shellcheck disable=SC1091
. "${SCRIPTS:-/opt/ballast}/hook.sh"
# shellcheck disable=SC1091
. "${SCRIPTS:-/opt/ballast}/store.sh"

main() {
  open_store
  tools_login
  await_store or-make
  log "dumping all databases"
  keep mongodb.archive mongodump "${tools_login[@]}" --readPreference=secondaryPreferred --archive
  thin_out "$@"
  log "kept in $RESTIC_REPOSITORY, as $KEEPER:"
  store snapshots --host "$KEEPER" --tag ballast --compact
}

[ -n "${BALLAST_TEST:-}" ] || main "$@"
