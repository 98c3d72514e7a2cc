#!/bin/bash
# Readiness: the server serves clients, and finds all that there is; or it waits for servers that a rolling upgrade has yet to reach (see passes).
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

# age FILE: seconds since this was first called with it.
age() {
  local began
  epoch
  # shellcheck disable=SC2154  # epoch sets it
  [ -e "$1" ] || echo "$now" >"$1"
  read -r began <"$1"
  echo $((now - began))
}

case $(state_of localhost) in
  serving)
    rm -f "$RUN/waiting-since"
    # shellcheck disable=SC2153  # the environment's
    [ "$ARCHITECTURE" = standalone ] || connected "$(cat "$RUN/whole")" "$(age "$RUN/serving-since")" || {
      echo "connecting to volumes that were not there at the start"
      exit 1
    }
    exit 0
    ;;
  away)
    echo "no answer within 1 s"
    exit 1
    ;;
esac
read -r -a formed <<<"${POOLS_FORMED:-}"
all=0 known=0
for ((i = 0; i < ${#pools[@]}; i++)); do
  all=$((all + pools[i]))
  [ "$i" -ge "${#formed[@]}" ] || known=$((known + pools[i]))
done
# A new pool starts when all servers before it wait for it; any other change is through as soon as half of the servers have it.
limit=$(((all - 1) / 2))
[ "$known" = 0 ] || [ "$known" = "$all" ] || limit=$known
words=$(others 1 "${#pools[@]}")
passes "$(age "$RUN/waiting-since")" "$limit" "${words//$'\n'/ }" || {
  echo "waiting for servers of the same program, settings, password and pools"
  exit 1
}
