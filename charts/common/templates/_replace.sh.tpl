#!/bin/sh
# {{- define "common.replace.sh" }}
# shellcheck shell=sh disable=SC2154  # what sets.sh sets
# The last hook before an upgrade, when nobody has refused it, in the curl image, behind api.sh and sets.sh. Deletes StatefulSets that helm can't change, for helm to make them anew.
set -eu

# delete_set ORPHAN|BACKGROUND
delete_set() {
  api DELETE "$path" --header 'Content-Type: application/json' --data-binary "{\"propagationPolicy\":\"$1\"}" --output /dev/null
}

pod_ended() {
  tries=0
  while api_exists "/api/v1/namespaces/$NAMESPACE/pods/$STATEFULSET-0"; do
    tries=$((tries + 1))
    [ "$tries" -le 120 ] || refuse "pod $STATEFULSET-0 did not end within two minutes: look at it, then upgrade again"
    sleep 1
  done
}

# Where claims were grown the object alone goes, and its pods run on. Members that wait for each other can't be rolled out one by one, as a StatefulSet does: there the
# single instance ends, and comes back on its volume.
replace_set() {
  look_at_set
  if is_replaced; then
    log "ending the single instance $STATEFULSET-0, which comes back as $ARCHITECTURE with its volume"
    delete_set Background
    pod_ended
  elif [ "$REPLICAS" != 0 ] && [ "$(volume_verdict "$old_size" "$VOLUME_SIZE")" = grow ]; then
    log "letting helm make $STATEFULSET anew with claims of $VOLUME_SIZE; its pods run on"
    delete_set Orphan
  fi
}

[ -n "${BALLAST_TEST:-}" ] || for_each replace_set
# {{- end }}
