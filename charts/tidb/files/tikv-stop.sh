#!/bin/bash
# preStop: a TiKV's leaders go to others before it goes, so that nobody waits for their elections.
set -eu
# shellcheck source=lib.sh
. "${SCRIPTS:-/opt/ballast}/lib.sh"

# leaders_here: how many there are, into `left`.
leaders_here() {
  local ordinal id rest
  stores
  left=''
  while read -r ordinal id _ _ left rest; do
    if [ "$ordinal.$id" = "$me.$store" ]; then return 0; fi
  done <<<"$stores"
  return 1
}

main() {
  local deadline
  me=$(ordinal_of "$POD")
  open_pipes
  deadline=$((SECONDS + EVICT_SECONDS))
  my_store || {
    log "no PD knows of a store here"
    return 0
  }
  until pd_ask POST schedulers "{\"name\":\"evict-leader-scheduler\",\"store_id\":$store}"; do
    if [ "$SECONDS" -ge "$deadline" ]; then
      log "could not have leaders go elsewhere: $answer"
      return 0
    fi
    pause 1
  done
  while leaders_here && [ "$left" != 0 ]; do
    if [ "$SECONDS" -ge "$deadline" ]; then
      log "$left leaders are still here: the others elect new ones when this TiKV is gone"
      return 0
    fi
    pause 1
  done
  log "no leader is here any more"
}

[ -n "${BALLAST_TEST:-}" ] || main
