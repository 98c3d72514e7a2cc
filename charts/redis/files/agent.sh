#!/bin/bash
# shellcheck disable=SC2034,SC2153,SC2154  # the environment, and what common.sh sets and uses
# Runs beside redis-server: says which role this member has, makes it follow what the Sentinels agreed on, lets itself be promoted only where
# nothing that was acknowledged is lost by it, and founds the group where that is proven to be safe.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh
# shellcheck source=session.sh
. /opt/ballast/session.sh
if [ "$ARCHITECTURE" != standalone ]; then
  # shellcheck source=agent-member.sh
  . /opt/ballast/agent-member.sh
  # shellcheck source=/dev/null
  . "/opt/ballast/agent-$ARCHITECTURE.sh"
fi

# Passwords that were changed in the Secrets. The one before stays valid until the next change, so nobody is cut off.
rotate_passwords() {
  local name hash old seen answer commands=''
  changed "$AUTH/system-password" "$AUTH/password" "$AUTH/monitor-password" "$AUTH/sentinel-password" /etc/ballast/users/*/password || return 0
  seen=$held
  (
    umask 077
    accounts >"$RUN/users.acl.new"
    [ "$system_password" = "${seen%%$'\n'*}" ] || printf '%s' "$system_password" >"$RUN/previous"
  )
  while read -r _ name _ hash _; do
    old=$(awk -v name="$name" '$2 == name { print $4 }' "$RUN/users.acl")
    [ "$hash" != "$old" ] || continue
    log "the password of $name was changed in its Secret"
    commands+="ACL SETUSER $name resetpass $old $hash"$'\n'
  done <"$RUN/users.acl.new"
  if [ -n "$commands" ]; then
    [ "$ARCHITECTURE" = standalone ] || commands+="CONFIG SET masterauth \"$(in_quotes "${seen%%$'\n'*}")\""
    answer=$(own - <<<"$commands") || answer=''
    if [[ $answer != OK* || $answer == *ERR* ]]; then
      log "the server did not take the passwords over, and is asked again"
      return 0
    fi
    mv "$RUN/users.acl.new" "$RUN/users.acl"
  fi
  system_password=${seen%%$'\n'*} applied=$seen
}

# Milliseconds since whatever, into `clock`.
read_clock() {
  clock=$((${EPOCHREALTIME/[.,]/} / 1000))
}

become() {
  publish "$1" "$generation"
  [ "$was" = "$1" ] || [ "$1" = none ] || say "$1"
  was=$1
}

tick_replicated() {
  leaving=no
  [ -e "$RUN/leaving" ] && leaving=yes
  # A promotion closes all connections, this one, too.
  if ! observe && ! observe; then
    become none
    return 0
  fi
  epoch
  read_clock
  if [ "$role" = master ] && [ "$last_role" = slave ]; then "promoted_$ARCHITECTURE"; fi
  watch_primary
  [ "$now" = "$asked_at" ] || rotate_passwords
  # A second apart while nothing happens.
  if [ "$role" != "$last_role" ] || [ "$now" != "$asked_at" ] || { [ -n "$alone_since" ] && [ "$clock" -ge "$next_look" ]; }; then
    asked_at=$now next_look=$((clock + 300)) last_role=$role
    "follow_$ARCHITECTURE"
  fi
}

tick_standalone() {
  if observe; then
    rotate_passwords
    publish primary 0
    was=primary
  else
    publish none 0
    was=none
  fi
}

main() {
  open_pipes
  me=$(ordinal_of "$POD")
  was=none generation=0.0 last_role='' asked_at=0 heard_at=0 alone_since='' promoted_at='' lost='' next_look=0 term=0 replicas='' in_sync='' last_source='' last_offset='' linked_to='' heard_primary_at=0
  epoch
  started=$now
  system_password=$(secret system-password)
  [ -e "$DATA/ballast.seen" ] && cp "$DATA/ballast.seen" "$RUN/.seen" && mv "$RUN/.seen" "$RUN/seen"
  publish none "$generation"
  case $ARCHITECTURE in
    standalone) every 0.3 tick_standalone ;;
    # Where Services lead follows within a fifth of this more; a cluster's clients find out by themselves.
    sentinel) every 0.1 tick_replicated ;;
    cluster) every 0.3 tick_replicated ;;
  esac
}

[ -n "${BALLAST_TEST:-}" ] || main
