#!/bin/sh
# An init container of an app, in the curl image: waits until the Job of its migration is through, so that no pod meets tables of another version.
# Inputs: NAMESPACE, JOB, SECONDS_AT_MOST.
set -eu
# shellcheck disable=SC1091
. /opt/ballast/api.sh

# state_of: reads a Job; prints succeeded, failed or running.
state_of() {
  awk '
    { text = text $0 }
    END {
      gsub(/[ \t]/, "", text)
      if (text ~ /"succeeded":[1-9]/) print "succeeded"
      else if (text ~ /"type":"Failed","status":"True"/) print "failed"
      else print "running"
    }'
}

main() {
  deadline=$(($(date +%s) + SECONDS_AT_MOST))
  said_at=0
  while :; do
    job=$(api GET "/apis/batch/v1/namespaces/$NAMESPACE/jobs/$JOB" 2>/dev/null) || job=''
    case $(printf '%s' "$job" | state_of) in
      succeeded)
        log "migration $JOB is through"
        return 0
        ;;
      failed)
        log "error: migration $JOB failed: see kubectl logs -n $NAMESPACE job/$JOB"
        exit 1
        ;;
    esac
    now=$(date +%s)
    if [ "$now" -ge "$deadline" ]; then
      log "error: gave up after $SECONDS_AT_MOST s: migration $JOB is not through: see kubectl logs -n $NAMESPACE job/$JOB"
      exit 1
    fi
    if [ $((now - said_at)) -ge 10 ]; then
      log "waiting for migration $JOB, at most $((deadline - now)) s more"
      said_at=$now
    fi
    sleep 2
  done
}

[ -n "${BALLAST_TEST:-}" ] || main
