#!/bin/bash
# Readiness: the server answers. One that has lost sight of the others goes on telling what it knows, and takes ephemeral instances, as Nacos means it.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

PATIENCE=2 http GET /v1/ns/operator/metrics >/dev/null || {
  echo 'no answer within 2 s'
  exit 1
}
