#!/bin/bash
# The container's main process: runs the server.
set -eu
# shellcheck disable=SC1091
. /opt/ballast/common.sh

log "starting $POD"
run_server newsystem-server --config /opt/ballast/newsystem.conf
