#!/bin/bash
# helm test: the server answers through the Service.
set -eu
# shellcheck disable=SC1091
. /opt/ballast/common.sh

exec 3<>"/dev/tcp/$SERVICE_HOST/PORT"
log "$POD reached $SERVICE_HOST"
