#!/bin/bash
# Hook Jobs: `provision` after install and upgrade makes namespaces and publishes configurations, each once; `drain` before an upgrade takes members that are to go
# out of the Raft groups. Interrupted, the next run goes on.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh
# shellcheck disable=SC1091
. /opt/ballast/hook.sh

# all_up: the members that are to be there, and no others, know each other.
# shellcheck disable=SC2034  # wait_for tells the reason
all_up() {
  local ordinal told count
  for ((ordinal = 0; ordinal < REPLICAS; ordinal++)); do
    HOST=$(host_of "$ordinal")
    log_in || {
      reason="$HOST does not let the administrator in"
      return 1
    }
    told=$(http GET /v1/core/cluster/nodes) || {
      reason="$HOST does not answer"
      return 1
    }
    count=$(up_in <<<"$told")
    [ "$count" = "$REPLICAS" ] || {
      reason="$HOST sees $count of $REPLICAS members"
      return 1
    }
  done
}

# shellcheck disable=SC2034
serves() {
  HOST=$(host_of 0)
  log_in || {
    reason="$HOST does not let the administrator in: is auth.existingSecret's admin-password the right one?"
    return 1
  }
}

make_namespaces() {
  local there id name description
  [ -s /opt/ballast/namespaces ] || return 0
  there=$(http GET /v1/console/namespaces)
  while IFS=$'\t' read -r id name description; do
    if grep -q "\"namespace\":\"$id\"" <<<"$there"; then continue; fi
    [ "$(http POST /v1/console/namespaces "customNamespaceId=$(in_form "$id")&namespaceName=$(in_form "$name")&namespaceDesc=$(in_form "$description")")" = true ] || {
      log "error: could not make namespace $id"
      return 1
    }
    log "made namespace $id"
  done </opt/ballast/namespaces
}

publish() {
  local file id namespace group name type recorded there verdict about content
  [ -s /opt/ballast/configs ] || return 0
  while IFS=$'\t' read -r file id namespace group name type; do
    recorded=no there=no
    # Its own name is the empty one.
    [ "$namespace" != public ] || namespace=''
    [[ " ${PUBLISHED:-} " != *" $id "* ]] || recorded=yes
    about="dataId=$(in_form "$name")&group=$(in_form "$group")&tenant=$(in_form "$namespace")"
    if http GET "/v1/cs/configs?$about" >/dev/null; then there=yes; fi
    verdict=$(publishes "$recorded" "$there")
    # With the newlines at its end.
    content=$(cat "$CONFIGS/$file" && echo .)
    if [ "$verdict" != yes ]; then
      log "$group/$name${namespace:+ of $namespace}: ${verdict#no, }"
      continue
    fi
    [ "$(http POST /v1/cs/configs "$about&type=$type&content=$(in_form "${content%.}")")" = true ] || {
      log "error: could not publish $group/$name"
      return 1
    }
    log "published $group/$name${namespace:+ in $namespace}"
  done </opt/ballast/configs
}

provision() {
  CONFIGS=/opt/configs
  if [ "$ARCHITECTURE" = cluster ]; then wait_for 300 "the members" all_up; else wait_for 300 "the server" serves; fi
  make_namespaces
  publish
}

drain() {
  local ordinal
  # shellcheck disable=SC2153
  if none_leaves "$REPLICAS" "$MOST"; then return 0; fi
  wait_for 120 "a member that stays" serves
  for ((ordinal = REPLICAS; ordinal < MOST; ordinal++)); do
    getent hosts "$(host_of "$ordinal")" >/dev/null || continue
    log "taking $(host_of "$ordinal") out of the Raft groups"
    http POST /v1/core/ops/raft "{\"command\":\"removePeer\",\"value\":\"$(host_of "$ordinal"):7848\"}" | grep -q '"code":200' ||
      log "it could not be taken out now: the others let it go when it is gone"
  done
}

[ -n "${BALLAST_TEST:-}" ] || "$@"
