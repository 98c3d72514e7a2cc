#!/bin/bash
# Readiness of a Sentinel: it watches the group, and can tell clients where the primary is.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh
[ -n "$(cli 3 '' -h 127.0.0.1 -p 26379 SENTINEL GET-MASTER-ADDR-BY-NAME "$MASTER_NAME")" ] || {
  echo "told by no member whom to watch"
  exit 1
}
