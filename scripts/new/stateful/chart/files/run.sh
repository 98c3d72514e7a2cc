#!/bin/bash
# The container's main process: what decide.sh says, then the server.
set -eu
# shellcheck disable=SC1091
. /opt/ballast/common.sh
# shellcheck source=decide.sh
. /opt/ballast/decide.sh

content=empty
[ -z "$(ls -A /data)" ] || content=data
verdict=$(decide "$ARCHITECTURE" "$content" "$FORMED")
say "$verdict: member $(ordinal_of "$POD") of $BASE at $POD.$SUFFIX"
run_server newsystem-server --config /opt/ballast/newsystem.conf "--$verdict"
