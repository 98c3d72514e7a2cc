#!/bin/bash
# helm test: what is written through the Service can be read.
set -eu
# shellcheck disable=SC1091
. /opt/ballast/common.sh

exec 3<>"/dev/tcp/$SERVICE_HOST/PORT"
log "reached $SERVICE_HOST as member $POD of $BASE.$SUFFIX, $ARCHITECTURE"
