#!/bin/sh
# {{- define "common.sets.sh" }}
# shellcheck shell=sh disable=SC2034  # for those behind it
# What an upgrade compares StatefulSets with, for the hooks before it. Behind api.sh.
#
# STATEFULSETS, ARCHITECTURE, VOLUME_SIZE, REPLACES: see prepare.sh
WORK=${WORK:-/work}

# Trying again would not help: the Job ends at this status (podFailurePolicy).
refuse() {
  log "error: $*"
  exit 64
}

# quantity_bytes QUANTITY: 10Gi, 500M, 1024 as bytes.
quantity_bytes() {
  awk -v q="$1" 'BEGIN {
    split("Ki 1024 Mi 1048576 Gi 1073741824 Ti 1099511627776 k 1000 M 1000000 G 1000000000 T 1000000000000", u, " ")
    n = q; sub(/[A-Za-z]+$/, "", n); s = substr(q, length(n) + 1); f = 1
    for (i = 1; i < 16; i += 2) if (u[i] == s) f = u[i + 1]
    printf "%.0f\n", n * f }'
}

# volume_verdict FROM TO: what holds a member's data; prints same, grow, or why it can't change so.
volume_verdict() {
  case "$1 $2" in
    ' '* | "$2 $2") echo same ;;
    *none* | *claim*) echo "what holds the data can't go from '$1' to '$2' in place, because the data would stay behind: set persistence back, or install a new release and copy the data (docs/moving.md)" ;;
    *) if [ "$(quantity_bytes "$2")" -gt "$(quantity_bytes "$1")" ]; then echo grow; else echo "persistence.size can't shrink from $1 to $2: set it back"; fi ;;
  esac
}

# for_each COMMAND: COMMAND with STATEFULSET and REPLICAS, for each that exists.
for_each() {
  # shellcheck disable=SC2153
  printf '%s\n' "$STATEFULSETS" >"$WORK/statefulsets"
  while read -r STATEFULSET REPLICAS; do
    [ -n "$STATEFULSET" ] || continue
    if api_exists "/apis/apps/v1/namespaces/$NAMESPACE/statefulsets/$STATEFULSET"; then "$1"; fi
  done <"$WORK/statefulsets"
}

# look_at_set: what the StatefulSet at `path` was made with, into architecture, old_size and fixed.
look_at_set() {
  path="/apis/apps/v1/namespaces/$NAMESPACE/statefulsets/$STATEFULSET"
  api GET "$path" >"$WORK/statefulset.json"
  architecture=$(json_string ballast.dev/architecture <"$WORK/statefulset.json")
  old_size=$(json_string ballast.dev/volume-size <"$WORK/statefulset.json")
  fixed=$(json_string ballast.dev/fixed-replicas <"$WORK/statefulset.json")
}

# is_replaced: whether the single instance ends in this upgrade, and its StatefulSet with it.
# shellcheck disable=SC2153  # the environment's, and what there is
is_replaced() {
  case " ${REPLACES:-} " in
    *" $architecture:$ARCHITECTURE "*) return 0 ;;
    *) return 1 ;;
  esac
}
# {{- end }}
