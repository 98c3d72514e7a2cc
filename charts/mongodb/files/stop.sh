#!/bin/bash
# preStop: a primary steps down before it goes, so that clients wait for an election and not for a silence to be noticed first.
set -eu
# shellcheck source=lib.sh
. "${SCRIPTS:-/opt/ballast}/lib.sh"

main() {
  open_pipes
  ask 3 observe || exit 0
  case $answer in primary*) ;; *) exit 0 ;; esac
  # The pod's end changes Services by itself, and kube-proxy applies the first change at once, those that follow together a second later.
  # Until both are done, the hand-over's own would wait; meanwhile this member answers as ever.
  sleep 2.5
  : >"$RUN/stopping"
  if ask 20 step-down; then
    log "handed the primary role over to $(head -n 1 <<<"$answer")"
    # The labels follow; until then this member still answers reads.
    sleep 1
  else
    log "nobody took over in time: the others elect a primary when this member is gone ($answer)"
  fi
}

[ -n "${BALLAST_TEST:-}" ] || main
