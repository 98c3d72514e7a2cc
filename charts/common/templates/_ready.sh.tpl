#!/bin/bash
# {{- define "common.ready.sh" }}
# shellcheck shell=bash
# Readiness: this member serves a role, and said so within the last 5 s.
read -r role _ stamp </run/ballast/role || exit 1
printf -v now '%(%s)T' -1
[ "$role" != none ] && [ $((now - stamp)) -le 5 ] || {
  echo "role $role, $((now - stamp)) s ago: $(cat /run/ballast/message 2>/dev/null)"
  exit 1
}
# {{- end }}
