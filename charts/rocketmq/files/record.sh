#!/bin/sh
# After the hook found the groups of brokers complete, in the curl image: from now on an empty volume of theirs is a loss and no beginning.
set -eu
# shellcheck disable=SC1091
. /opt/ballast/api.sh

api PATCH "/api/v1/namespaces/$NAMESPACE/configmaps/$STATE_CONFIGMAP" --header 'Content-Type: application/merge-patch+json' \
  --data-binary "{\"data\":{\"formed\":\"true\",\"groups\":\"$GROUPS_WANTED\"}}" --output /dev/null
log "recorded that there are $GROUPS_WANTED groups of brokers"
