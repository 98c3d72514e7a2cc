#!/bin/bash
# Startup: the server is up, which a cluster's member is when its Raft groups have leaders, and nobody can log in with a password that everybody knows.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

[ -e "$RUN/settled" ] || {
  echo "not yet up, or the administrator has not yet the Secret's password"
  exit 1
}
PATIENCE=4 http GET /v1/ns/operator/metrics | grep -q '"status":"UP"' || {
  echo 'the server does not say that it is up'
  exit 1
}
