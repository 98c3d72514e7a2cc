#!/bin/bash
# {{- define "common.live.sh" }}
# shellcheck shell=bash
# Liveness: the agent's loop still turns. A server that recovers, waits for its peers or is cut off is alive.
if [ ! -e /run/ballast/role ]; then exit 0; fi
read -r _ _ stamp </run/ballast/role || exit 0
printf -v now '%(%s)T' -1
[ $((now - stamp)) -le 120 ] || {
  echo "the agent has said nothing for $((now - stamp)) s"
  exit 1
}
# {{- end }}
