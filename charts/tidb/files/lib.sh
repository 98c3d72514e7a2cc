#!/bin/bash
# Shared by all scripts: names, questions to PD, and the decisions that must be right (unit-tested in test/systems/tidb).
# Needs bash and coreutils, and where it asks PD, GNU wget.
# shellcheck source=../../common/templates/_agent.sh.tpl
. "${SCRIPTS:-/opt/ballast}/common.sh"
# shellcheck source=decide.sh
. "${SCRIPTS:-/opt/ballast}/decide.sh"

# shellcheck disable=SC2034  # used by those who source this
DATA=${DATA:-/data}
scheme=http
[ "${TLS:-}" != true ] || scheme=https

pd_host() {
  printf '%s-pd-%s.%s' "$BASE" "$1" "$PD_SUFFIX"
}

tikv_host() {
  printf '%s-tikv-%s.%s' "$BASE" "$1" "$TIKV_SUFFIX"
}

# ordinal_at KIND SUFFIX HOST: of one of our servers, into `ordinal`; fails for a stranger.
ordinal_at() {
  ordinal=${3#"$BASE-$1-"}
  ordinal=${ordinal%".$2"}
  [[ $ordinal =~ ^[0-9]+$ ]] && [ "$3" = "$BASE-$1-$ordinal.$2" ]
}

# request METHOD URL [BODY]: prints the answer, also that of an error, which is its status.
request() {
  local options=(--quiet --output-document=- --tries=1 --timeout="${PATIENCE:-5}" --content-on-error --no-proxy --no-hsts --method="$1")
  [ $# -lt 3 ] || options+=(--header='Content-Type: application/json' --body-data="$3")
  [ "$scheme" = http ] || options+=(--ca-certificate=/etc/ballast/tls/ca.crt --certificate=/etc/ballast/tls/tls.crt --private-key=/etc/ballast/tls/tls.key)
  wget "${options[@]}" "$2"
}

# pd_ask METHOD PATH [BODY]: asks the PDs one after the other, each of which asks the leader; the answer, or the last error, goes into `answer`, and who gave it into `asked`.
pd_ask() {
  local endpoint method=$1 path=$2 text status
  shift 2
  answer='no PD answers'
  for endpoint in ${PD_ENDPOINTS//,/ }; do
    asked=$scheme://$endpoint/pd/api/v1 status=0
    text=$(request "$method" "$asked/$path" "$@") || status=$?
    [ -z "$text" ] || answer=$text
    if [ "$status" = 0 ]; then
      answer=$text
      return 0
    fi
  done
  return 1
}

# members: those of the cluster as pd_begin() reads them, into `members`, the ids of all into `ids`, "ORDINAL ID" each, and who leads into `leader`; fails without a leader. One that is none of ours has ordinal 99.
members() {
  local list health name id host ordinal state
  members='' ids='' leader=''
  pd_ask GET members && list=$(members_in <<<"$answer") || return 1
  # The PD that is asked (before 8.5.5, the leader) asks all, one after the other, and waits 3 s for each that is silent.
  health=$(PATIENCE=15 request GET "$asked/health") || return 1
  health=$'\n'$(health_in <<<"$health")$'\n'
  while read -r name id host; do
    if [ "$name" = leader ]; then
      leader=${id##*-}
      continue
    fi
    ordinal_at pd "$PD_SUFFIX" "$host" || ordinal=99
    if [ "$name" = - ]; then
      state=unstarted
    elif [[ $health == *$'\n'"$name true"$'\n'* ]]; then
      state=healthy
    else
      state=unhealthy
    fi
    members+="$ordinal $state"$'\n' ids+="$ordinal $id"$'\n'
  done <<<"$list"
  [[ $leader =~ ^[0-9]+$ ]]
}

# remove_member ORDINAL: of those that members() found; the leader does it, with a majority.
remove_member() {
  local ordinal id
  while read -r ordinal id; do
    if [ "$ordinal" = "$1" ]; then
      pd_ask DELETE "members/id/$id"
      return
    fi
  done <<<"$ids"
  return 1
}

# stores: those of the cluster as tikv_begin() reads them, into `stores`, and whether there is one, into `cluster`. Stores at addresses of nobody here are left out.
stores() {
  local list host rest ordinal
  stores='' cluster=unknown
  if ! pd_ask GET 'stores?state=0&state=1&state=2'; then
    case $answer in *'not bootstrapped'*) cluster=none ;; esac
    return 0
  fi
  list=$(stores_in <<<"$answer") || return 0
  cluster=there
  while read -r host rest; do
    if [ -n "$host" ] && ordinal_at tikv "$TIKV_SUFFIX" "$host"; then stores+="$ordinal $rest"$'\n'; fi
  done <<<"$list"
}

# my_store: the id of the store that is alive at my address, into `store`; fails without one.
# shellcheck disable=SC2034,SC2154
my_store() {
  local ordinal id state
  stores
  while read -r ordinal id state _; do
    case $ordinal.$state in
      "$me".Tombstone | "$me".Destroyed) ;;
      "$me".*)
        store=$id
        return 0
        ;;
    esac
  done <<<"$stores"
  return 1
}

# put_aside DIRECTORY: what is on my volume. Nothing of it is needed, and yet it is not for us to delete.
put_aside() {
  local number=1
  [ -e "$1" ] || return 0
  while [ -e "$1.left-$number" ]; do number=$((number + 1)); done
  mv "$1" "$1.left-$number"
  log "what was on my volume is in $1.left-$number"
}

# seen_in_cluster: keeps in mind, by the minute, that this pod's server belongs to the cluster.
seen_in_cluster() {
  epoch
  [ $((now - ${seen_at:-0})) -ge 60 ] || return 0
  echo "$now" >"$RUN/.served" && mv "$RUN/.served" "$RUN/served"
  seen_at=$now
}

# served: whether this pod's server belonged to the cluster in the last quarter of an hour that it ran.
served() {
  local since=0
  read -r since 2>/dev/null <"$RUN/served" || true
  epoch
  if [ $((now - since)) -lt 900 ]; then echo yes; else echo no; fi
}
