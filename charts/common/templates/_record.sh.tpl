#!/bin/sh
# {{- define "common.record.sh" }}
# shellcheck shell=sh
# After the cluster was provisioned for the first time, in the curl image: from now on an empty volume is a loss and no beginning.
set -eu
# shellcheck disable=SC1091
. /opt/ballast/api.sh

api PATCH "/api/v1/namespaces/$NAMESPACE/configmaps/$STATE_CONFIGMAP" --header 'Content-Type: application/merge-patch+json' \
  --data-binary "{\"data\":$RECORDED}" --output /dev/null
log "recorded that the cluster exists: $RECORDED"
# {{- end }}
