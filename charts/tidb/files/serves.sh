#!/bin/bash
# Readiness of a TiKV or a TiDB, by what it says at its status port: a TiDB that drains says no.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

PATIENCE=3 request GET "$scheme://localhost:$1/status" >/dev/null || {
  echo "nobody serves at port $1"
  exit 1
}
