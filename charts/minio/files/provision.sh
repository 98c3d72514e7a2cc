#!/bin/bash
# The hook Job: `provision` after install and upgrade makes buckets, policies and accounts. Nothing is ever deleted.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh
# shellcheck disable=SC1091
. /opt/ballast/hook.sh

# do_it WHAT COMMAND…: MinIO's own words where it does not succeed; never a password's, which no command line has.
do_it() {
  local what=$1 told
  shift
  told=$("$@" 2>&1) || {
    log "error: $what: ${told##*$'\n'}"
    exit 1
  }
}

# shellcheck disable=SC2034  # wait_for tells the reason
knows_me() {
  local told
  told=$(client admin user list store 2>&1) || {
    reason=${told##*$'\n'}
    return 1
  }
}

make_bucket() {
  local name=$1 versioning=$2 lock=$3 quota=$4 anonymous=$5 lifecycle=$6 told
  if [ "$lock" = true ]; then
    do_it "bucket $name" client mb --ignore-existing --with-lock "store/$name"
  else
    do_it "bucket $name" client mb --ignore-existing "store/$name"
  fi
  case $versioning in
    true) do_it "versioning of bucket $name" client version enable "store/$name" ;;
    false)
      told=$(client version info "store/$name")
      case ${told,,} in *' is enabled'*) do_it "versioning of bucket $name" client version suspend "store/$name" ;; esac
      ;;
  esac
  case $quota in
    -) ;;
    0) do_it "quota of bucket $name" client quota clear "store/$name" ;;
    *) do_it "quota of bucket $name" client quota set "store/$name" --size "$quota" ;;
  esac
  case $anonymous in
    -) ;;
    *) do_it "access to bucket $name without a login" client anonymous set "$anonymous" "store/$name" ;;
  esac
  case $lifecycle in
    -) ;;
    none) do_it "lifecycle of bucket $name" remove_rules "$name" ;;
    *) do_it "lifecycle of bucket $name" import_rules "$name" "$lifecycle" ;;
  esac
  log "bucket $name is there"
}

import_rules() {
  client ilm rule import "store/$1" <<<"$2"
}

# That there are none is no failure.
remove_rules() {
  local told
  told=$(client ilm rule rm --all --force "store/$1" 2>&1) || [[ $told == *'does not exist'* ]] || {
    printf '%s\n' "$told"
    return 1
  }
}

make_policy() {
  printf '%s\n' "$2" >"$RUN/policy.json"
  do_it "policy $1" client admin policy create store "$1" "$RUN/policy.json"
  log "policy $1 is there"
}

add_user() {
  printf '%s\n%s\n' "$1" "$(cat "/etc/ballast/users/$1/password")" | client admin user add store
}

# policies_of USER: those that it has, a line each.
policies_of() {
  local told
  told=$(client --json admin user info store "$1")
  if [[ $told =~ \"policyName\":\ ?\"([^\"]*)\" ]]; then
    tr ',' '\n' <<<"${BASH_REMATCH[1]}"
  fi
}

make_user() {
  local name=$1 wanted=$2 has policy
  do_it "account $name" add_user "$name"
  has=$(policies_of "$name")
  for policy in ${wanted//,/ }; do
    [[ $'\n'$has$'\n' == *$'\n'"$policy"$'\n'* ]] || do_it "policy $policy of account $name" client admin policy attach store "$policy" --user "$name"
  done
  for policy in $has; do
    [[ ,$wanted, == *",$policy,"* ]] || do_it "policy $policy of account $name" client admin policy detach store "$policy" --user "$name"
  done
  log "account $name is there${wanted:+, with $wanted}"
}

# What clients need, as early as that can be.
accounts() {
  local name versioning lock quota anonymous lifecycle statements wanted
  log_in
  wait_for 300 "the servers to know root's password" knows_me
  while read -r name versioning lock quota anonymous lifecycle; do
    [ -z "$name" ] || make_bucket "$name" "$versioning" "$lock" "$quota" "$anonymous" "$lifecycle"
  done </opt/ballast/buckets
  while read -r name statements; do
    [ -z "$name" ] || make_policy "$name" "$statements"
  done </opt/ballast/policies
  while read -r name wanted; do
    [ -z "$name" ] || make_user "$name" "$wanted"
  done </opt/ballast/users
}

provision() {
  accounts
}

[ -n "${BALLAST_TEST:-}" ] || "$1"
