#!/bin/bash
# shellcheck disable=SC2034,SC2153,SC2154  # the environment, and what agent.sh and common.sh set and use
# Clients of the agent that stay connected: to this member's server and to each Sentinel. Sourced by agent.sh.

declare -A refusals=() silent_since=()
sequence=0

# Looks in a row, of 2 s each, at which this member's server did not say a word.
unanswered=0

# session_open NAME ARGUMENTS…: a redis-cli that answers what is asked of NAME, with the password that was let in last.
session_open() {
  local name=$1
  local -a passwords=("$AUTH/system-password") tls=()
  shift
  [ ! -e "$RUN/previous" ] || passwords=("$RUN/previous" "${passwords[@]}")
  [ "$TLS" = true ] && [ "$name" != own ] && tls=(--tls --cacert /etc/ballast/tls/ca.crt)
  REDISCLI_AUTH=$(<"${passwords[${refusals[$name]:-0} % ${#passwords[@]}]}") \
    session_start "$name" heard redis-cli --user ballast --no-auth-warning "${tls[@]}" "$@"
}

# session_ask NAME COMMANDS: their answers end with a line of the asking's number.
session_ask() {
  printf '%s\nPING end:%s\n' "$2" "$sequence" >&"${session_in[$1]}"
}

# session_line NAME SECONDS: the next line of an answer, into `line`, and yes into `heard`; fails at its end (status 1) and without one (2).
session_line() {
  read -r -t "$2" -u "${session_out[$1]}" line || return 2
  heard=yes
  line=${line%$'\r'}
  case $line in
    "end:$sequence") return 1 ;;
    WRONGPASS* | NOAUTH* | 'AUTH failed'*)
      refusals[$1]=$((${refusals[$1]:-0} + 1))
      session_close "$1"
      return 2
      ;;
    'Could not connect'* | 'Error: '*) return 2 ;;
  esac
}

# observe: what the server says of its role, into `role` (master or slave), `source` (whom it follows), `link` (up, down, or sync while
# everything is copied) and `offset`
# (-1 for a replica without a link); fails when it does not answer within 2 s. ROLE, because bash reads a pipe byte by byte.
observe() {
  local status=0 number=0 heard=''
  session_runs own || session_open own -s "$RUN/redis.sock"
  sequence=$((sequence + 1))
  session_ask own ROLE
  role='' source='' link=down offset=0
  while :; do
    session_line own 2 || {
      status=$?
      break
    }
    number=$((number + 1))
    case $number.$role in
      1.) role=$line ;;
      2.master | 5.slave) offset=$line ;;
      2.slave) source=$line ;;
      4.slave)
        case $line in
          connected) link=up ;;
          sync) link=sync ;;
        esac
        ;;
    esac
  done
  unanswered=$((unanswered + 1))
  [ -z "$heard" ] || unanswered=0
  [ "$status" = 1 ] && [[ $role == master || $role == slave ]] && return 0
  session_close own
  if is_stuck "$unanswered" "$([ -e "$RUN/stopping" ] && echo yes)"; then end_server; fi
  return 1
}

# Where it is stuck is for whoever reports it; the container ends with the server.
end_server() {
  log "error: redis-server has not said a word for a minute: ending it, so that it is started again. Where it is stuck follows"
  kill -ALRM "$SERVER_PID" 2>/dev/null || true
  pause 2
  kill -KILL "$SERVER_PID" 2>/dev/null || true
}

# Asks every Sentinel at once; their lines as leader_of() reads them, into `sentinels`, and which of them lack what arm() tells them, into `unarmed`. How many there are
# may change without a restart.
ask_sentinels() {
  local ordinal
  read -r SENTINELS QUORUM </opt/ballast/sentinels
  sequence=$((sequence + 1))
  for ((ordinal = 0; ordinal < SENTINELS; ordinal++)); do
    [ -n "${session_pid[$ordinal]:-}" ] || session_open "$ordinal" -h "$(sentinel_host "$ordinal")" -p 26379
    session_ask "$ordinal" "SENTINEL MASTER $MASTER_NAME"
  done
  sentinels='' unarmed=''
  for ((ordinal = 0; ordinal < SENTINELS; ordinal++)); do
    hear_sentinel "$ordinal"
  done
}

# One that was silent before is given a moment, any other a second: nobody's silence may hold up what the others say.
hear_sentinel() {
  local key='' host='' number=0 flags=- down_after='' status patience=1
  [ -z "${silent_since[$1]:-}" ] || patience=0.05
  while :; do
    status=0
    session_line "$1" "$patience" || status=$?
    [ "$status" = 0 ] || break
    case $key in
      ip) host=$line ;;
      config-epoch) number=$line ;;
      flags) flags=$line ;;
      down-after-milliseconds) down_after=$line ;;
    esac
    # The end of an answer that came too late is no answer to this.
    case $line in
      *'No such master'*) host=none ;;
      end:*) host='' ;;
    esac
    key=$line
  done
  if [ "$status" = 1 ] && [ -n "$host" ]; then
    unset "silent_since[$1]"
  else
    host=''
    epoch
    silent_since[$1]=${silent_since[$1]:-$now}
    [ $((now - silent_since[$1])) -lt 3 ] || session_close "$1"
  fi
  case $host in
    '') sentinels+="$1 unreachable" ;;
    none) sentinels+="$1 blank" ;;
    *)
      sentinels+="$1 $(ordinal_of_host "$host") $number $flags"
      [ "$down_after" = "$DOWN_AFTER" ] || unarmed+=" $1"
      ;;
  esac
  sentinels+=$'\n'
}
