#!/bin/bash
# Readiness: the server serves clients.
set -eu
exec 3<>/dev/tcp/127.0.0.1/PORT
