#!/bin/bash
# MinIO's client as root, for who types it by hand: bash /opt/ballast/mc.sh ls store
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

log_in
exec "$(program mc mcli)" --config-dir "$RUN/mc" "$@"
