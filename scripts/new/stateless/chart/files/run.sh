#!/bin/bash
# The container's main process: the server takes its place.
set -eu
# shellcheck disable=SC1091
. /opt/ballast/common.sh

log "starting $POD"
exec newsystem-server --config /opt/ballast/newsystem.conf
