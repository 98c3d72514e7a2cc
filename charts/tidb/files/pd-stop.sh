#!/bin/bash
# preStop: a PD that leads has another lead before it goes.
set -eu
# shellcheck source=lib.sh
. "${SCRIPTS:-/opt/ballast}/lib.sh"

main() {
  local me next
  me=$(ordinal_of "$POD")
  open_pipes
  while [ "$SECONDS" -lt 20 ]; do
    if members; then
      [ "$leader" = "$me" ] || break
      next=$(successor "$me" <<<"$members")
      if [ -z "$next" ]; then
        log "nobody can take over: the others elect a leader when this one is gone"
        return 0
      fi
      log "having PD $next lead"
      pd_ask POST "leader/transfer/$BASE-pd-$next" || log "not yet: $answer"
    fi
    pause 1
  done
}

[ -n "${BALLAST_TEST:-}" ] || main
