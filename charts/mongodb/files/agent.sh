#!/bin/bash
# Runs beside mongod: says which role this member has, initiates the set where that is proven to be safe, and, where it is primary, makes the set what the
# StatefulSet is.
set -eu
# shellcheck source=lib.sh
. "${SCRIPTS:-/opt/ballast}/lib.sh"

# due SECONDS: whether the last time was so long ago.
due() {
  epoch
  [ "$now" -ge "${next:-0}" ] || return 1
  next=$((now + $1))
}

size_known() {
  if [ "$ARCHITECTURE" = standalone ]; then
    replicas=1
  else
    facts || {
      say "waiting for the role sidecar to read the StatefulSet and the set's ConfigMap"
      return 1
    }
  fi
}

# How long a primary may be silent before the others elect another: it may change while this runs.
election_timeout() {
  read -r wanted_timeout <"${SCRIPTS:-/opt/ballast}/election-timeout"
}

# The beginning of a set: everybody answers and is in none, twice, and the API server grants it once.
initiate() {
  local verdict
  size_known || return 0
  # shellcheck disable=SC2046,SC2154  # ordinals; `replicas` is set by facts
  ask 5 survey $(others "$replicas") || return 0
  verdict=$(may_initiate "$me" "$replicas" "$(content)" <<<"$answer")
  if [ "$verdict" != initiate ]; then
    say "waiting: ${verdict#wait }"
    return 0
  fi
  if [ "$ARCHITECTURE" != standalone ]; then
    ask_to_found empty || return 0
    # shellcheck disable=SC2046
    ask 5 survey $(others "$replicas") || return 0
    [ "$(may_initiate "$me" "$replicas" "$(content)" <<<"$answer")" = initiate ] || return 0
  fi
  election_timeout
  read_shapes
  say "initiating the set: every one of $replicas members answered, none is in a set, and none ever was"
  # shellcheck disable=SC2086,SC2154  # words; `shapes` is set by read_shapes
  ask 15 initiate "$wanted_timeout" "$replicas" $shapes || say "could not initiate the set: $answer"
}

# shellcheck disable=SC2034,SC2154  # `replicas` is set by facts
lead() {
  local version timeout keep left lines wanted missing='' ordinal state verdict
  if ! ask 4 members; then
    case $answer in
      # Nobody can log in before the first primary has made the accounts.
      login*) if ask 10 accounts; then log "made the accounts of the chart"; else say "could not make the accounts of the chart: $answer"; fi ;;
      *) log "could not read the set's configuration: $answer" ;;
    esac
    return 0
  fi
  { read -r version timeout keep left && IFS= read -r -d '' lines || true; } <<<"$answer"
  size_known || return 0
  wanted=$(target "$replicas" "$keep" "$left")
  for ((ordinal = 0; ordinal < wanted; ordinal++)); do
    [[ $'\n'$lines == *$'\n'"$ordinal "* ]] || missing+="$ordinal "
  done
  if [ -n "$missing" ]; then
    # shellcheck disable=SC2086  # ordinals
    ask 5 survey $missing || return 0
    while read -r ordinal state _; do
      if [ "$state" = blank ]; then lines+="$ordinal blank - -"$'\n'; fi
    done <<<"$answer"
  fi
  read_shapes
  verdict=$(next_change "$me" "$wanted" "$shapes" <<<"$lines")
  case $verdict in
    add* | vote* | make* | remove*)
      say "changing the set: ${verdict/ / member }"
      # shellcheck disable=SC2086  # words
      ask 4 change "$version" $verdict || log "not yet: $answer"
      next=0
      ;;
    hand-over)
      say "handing over: this member is to go, or to be hidden"
      ask 15 step-down || log "not yet: $answer"
      ;;
    none)
      election_timeout
      if [ "$timeout" != "$wanted_timeout" ]; then
        log "setting the election's timeout to $wanted_timeout ms"
        ask 4 election-timeout "$version" "$wanted_timeout" || log "not yet: $answer"
      else
        say primary
      fi
      ;;
    *) say "primary; ${verdict#wait }" ;;
  esac
}

# Passwords that were changed in the Secret.
rotate_passwords() {
  changed "$AUTH/root-password" "$AUTH/agent-password" "$AUTH/monitor-password" || return 0
  local seen=$held
  ask 10 passwords || {
    log "could not take over the passwords of the Secret: $answer"
    return 0
  }
  [ -z "$answer" ] || log "took over from the Secret: $answer"
  applied=$seen
}

tick() {
  local state term
  if ! ask 3 observe; then
    publish none 0
    was=none
    return 0
  fi
  read -r state term <<<"$answer"
  if [ "$state" != "$role_is_of" ]; then role=$(role_of "$state") role_is_of=$state; fi
  publish "$role" "$term"
  if [ "$role" != "$was" ] && [[ $role == replica || $role == hidden ]]; then say "$role"; fi
  was=$role
  case $state in
    blank) if due 2; then initiate; fi ;;
    *) if [ ! -e "$DATA/joined" ]; then : >"$DATA/joined" && rm -f "$DATA/fresh"; fi ;;
  esac
  if [ "$role" = primary ] && [ ! -e "$RUN/stopping" ] && due 2; then
    lead
    if [ $((ticks % 5)) = 0 ]; then rotate_passwords; fi
    ticks=$((ticks + 1))
  fi
}

main() {
  me=$(ordinal_of "$POD")
  was=none role_is_of='' ticks=0
  open_pipes
  publish none 0
  every 0.5 tick
}

[ -n "${BALLAST_TEST:-}" ] || main
