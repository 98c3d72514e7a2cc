#!/bin/bash
# Readiness: the server serves clients; or it waits for servers that a rolling upgrade has yet to reach (see passes).
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

since=$RUN/waiting-since
case $(state_of localhost) in
  serving)
    rm -f "$since"
    exit 0
    ;;
  away)
    echo "no answer within 1 s"
    exit 1
    ;;
esac
epoch
# shellcheck disable=SC2154  # epoch sets it
[ -e "$since" ] || echo "$now" >"$since"
read -r began <"$since"
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
passes "$((now - began))" "$limit" "${words//$'\n'/ }" || {
  echo "waiting for servers of the same program, settings, password and pools"
  exit 1
}
