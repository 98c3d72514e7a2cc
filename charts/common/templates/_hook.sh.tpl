#!/bin/bash
# {{- define "common.hook.sh" }}
# shellcheck shell=bash
# For the scripts of hook Jobs that run in the server's image, after common.sh.

# Trying again would not help: the Job ends at this status (podFailurePolicy).
refuse() {
  log "error: $*"
  exit 64
}

# wait_for SECONDS WHAT COMMAND…: tells every 10 s what it waits for, and what is missing: what COMMAND puts into `reason`, or its last error.
wait_for() {
  local limit=$1 what=$2 deadline said_at=$SECONDS missing
  shift 2
  deadline=$((SECONDS + limit)) reason=''
  until "$@" 2>"$RUN/.wait-error"; do
    missing=${reason:-$(tail -n 1 "$RUN/.wait-error")}
    [ "$SECONDS" -lt "$deadline" ] || {
      log "error: timed out after $limit s waiting for $what${missing:+: $missing}"
      exit 1
    }
    if [ $((SECONDS - said_at)) -ge 10 ]; then
      log "waiting for $what${missing:+: $missing}"
      said_at=$SECONDS
    fi
    sleep 1
  done
}

# none_leaves REPLICAS MOST: whether no member is to go. Only names that resolve as they should prove that: where it is so, nothing has to be asked of a
# cluster that may be down, which this upgrade may be about to repair.
none_leaves() {
  local ordinal
  getent hosts "$(host_of 0)" >/dev/null || return 1
  for ((ordinal = $1; ordinal < $2; ordinal++)); do
    if getent hosts "$(host_of "$ordinal")" >/dev/null; then return 1; fi
  done
}

# migration_verdict RECORDED_CHECKSUM RECORDED_STATE CHECKSUM: apply, skip, or why not.
migration_verdict() {
  if [ -z "$1" ]; then
    echo apply
  elif [ "$1" != "$3" ]; then
    echo "was changed after it was applied: put it back as it was and add a new one"
  elif [ "$2" = applied ]; then
    echo skip
  else
    echo "was interrupted halfway: finish or undo it by hand, then set its state in ballast.migrations to 'applied', or delete its entry to run it again"
  fi
}
# {{- end }}
