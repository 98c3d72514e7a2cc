#!/bin/bash
# Beside the server, from its start to its end: the list of members, and the administrator's password.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

# set_password OLD NEW: fails where OLD is not the administrator's.
set_password() {
  local token
  token=$(token_for "$1") || return 1
  [ -n "$token" ] && http PUT /v1/auth/users "username=nacos&newPassword=$(in_form "$2")" >/dev/null
}

# settle_password: the administrator has the Secret's password. From 2.4 on he has none until somebody sets it; before that, one that everybody knows; and after a
# change of the Secret the one before, which this volume remembers.
settle_password() {
  local wanted
  wanted=$(secret admin-password)
  if token_for "$wanted" >/dev/null; then
    :
  elif http POST /v1/auth/users/admin "password=$(in_form "$wanted")" 2>/dev/null | grep -q '"username"'; then
    log "the administrator has the Secret's password"
  elif [ -s "$DATA/.admin-password" ] && set_password "$(cat "$DATA/.admin-password")" "$wanted"; then
    log "the administrator has the Secret's new password"
  elif set_password nacos "$wanted"; then
    log "the administrator has the Secret's password, instead of the one that everybody knows"
  else
    return 1
  fi
  (
    umask 077
    printf '%s' "$wanted" >"$DATA/.admin-password"
  )
  : >"$RUN/settled"
}

# read_again: what a server had still to tell the others ends with it (Nacos 2.0 to 2.3 tell of a configuration after its publisher was answered, from memory).
# So whenever a member comes or goes, this one reads all of them again from the database, which has whatever was acknowledged; and once more a minute later, for what
# one that was cut off had sent there and never heard an answer to.
# shellcheck disable=SC2154  # `now` is set by epoch
read_again() {
  local told members_up
  told=$(http GET /v1/core/cluster/nodes) || {
    # Nobody is logged in yet, or for too long.
    log_in || :
    return 0
  }
  members_up=$(seen_in <<<"$told")
  epoch
  if [ "$members_up" = "$seen" ] && { [ "$once_more" = 0 ] || [ "$now" -lt "$once_more" ]; }; then return 0; fi
  PATIENCE=300 http POST /v1/cs/ops/localCache >/dev/null || return 0
  once_more=0
  [ "$members_up" != "$seen" ] || return 0
  [ -z "$seen" ] || log "a member came or went: all configurations were read again"
  seen=$members_up once_more=$((now + 60))
}

# look_after: what changes while the server runs.
# shellcheck disable=SC2154  # `held` is set by contents
look_after() {
  if [ "$ARCHITECTURE" = cluster ]; then
    write_members
    [ ! -e "$RUN/settled" ] || read_again
  fi
  changed "$AUTH/admin-password" || return 0
  if settle_password; then
    applied=$held tries=0
  elif http GET /v1/ns/operator/metrics >/dev/null; then
    # Servers read accounts anew every 15 s.
    tries=$((tries + 1))
    [ "$tries" -ge 20 ] || return 0
    # Whoever changed it by hand keeps it, and the server is ready all the same.
    log "the administrator has another password than the Secret: somebody changed it by hand"
    applied=$held tries=0
    : >"$RUN/settled"
  fi
}

main() {
  # shellcheck disable=SC2034  # what `changed` compares with
  applied='' tries=0 seen='' once_more=0
  open_pipes
  every 2 look_after
}

[ -n "${BALLAST_TEST:-}" ] || main
