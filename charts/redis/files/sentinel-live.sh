#!/bin/bash
# Liveness of a Sentinel: it answers.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh
[ "$(cli 3 '' -h 127.0.0.1 -p 26379 PING)" = PONG ]
