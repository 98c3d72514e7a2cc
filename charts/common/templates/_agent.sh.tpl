#!/bin/bash
# {{- define "common.agent.sh" }}
# shellcheck shell=bash
# For the scripts that run beside a server, in its own image (bash and coreutils): words for the log, and this side of the directory that
# is shared with the role sidecar (see _role.sh.tpl).

RUN=${RUN:-/run/ballast}
AUTH=${AUTH:-/etc/ballast/auth}

log() {
  printf '%(%Y-%m-%dT%H:%M:%SZ)T %s\n' -1 "$*" >&2
}

# One line for the operator, shown as the pod's annotation ballast.dev/message and logged when it changes.
say() {
  [ "${said:-}" = "$1" ] && return 0
  said=$1
  log "$1"
  printf '%s\n' "$1" >"$RUN/.message" && mv "$RUN/.message" "$RUN/message"
}

# await_end PID: until this process of the shell's is gone; its status is in `status`. A signal ends bash's own wait early, with the signal's status.
await_end() {
  local told
  while :; do
    status=0
    wait "$1" || status=$?
    kill -0 "$1" 2>/dev/null || break
  done
  # It may have gone between the two; bash remembers how, or that it has said so already.
  told=0
  wait "$1" 2>/dev/null || told=$?
  [ "$told" = 127 ] || status=$told
}

# ask_to_end: run_server's server. A chart whose server needs more has its own.
ask_to_end() {
  kill -TERM "$server_pid" 2>/dev/null || true
}

# run_server COMMAND…: until it ends, with its status. Asked to end, this shell asks it. A container's first process inherits what a probe leaves behind that
# took too long; a server would never wait for that, and the node runs out of process numbers. A shell does.
run_server() {
  server_pid=''
  trap '[ -z "$server_pid" ] || ask_to_end' TERM INT
  "$@" &
  server_pid=$!
  await_end "$server_pid"
  return "$status"
}

# reaches HOST PORT: whether somebody takes connections there.
reaches() {
  # shellcheck disable=SC2016  # expanded by the inner bash
  timeout 1 bash -c ': <>"/dev/tcp/$0/$1"' "$1" "$2" 2>/dev/null
}

# await_port HOST PORT: for helm test, until it is reached, for 30 s. Where NetworkPolicies are enforced, others hear of a new pod a moment after it has started.
await_port() {
  local deadline=$((SECONDS + 30))
  until reaches "$1" "$2"; do
    [ "$SECONDS" -lt "$deadline" ] || {
      log "error: $1 takes no connection at port $2"
      exit 1
    }
    sleep 0.5
  done
}

ordinal_of() {
  printf '%s' "${1##*-}"
}

secret() {
  cat "$AUTH/$1"
}

# in_quotes TEXT: as it stands between double quotes where a backslash begins an escape: in MySQL's option files, Redis' configuration and commands, Java's
# logins, and JSON.
in_quotes() {
  local text=${1//\\/\\\\}
  printf '%s' "${text//\"/\\\"}"
}

# sql_string TEXT: TEXT as a quoted SQL literal.
sql_string() {
  local text=${1//\\/\\\\}
  printf "'%s'" "${text//\'/\'\'}"
}

# zookeeper_login NAME PASSWORD: of a client of ZooKeeper, as Java reads it.
zookeeper_login() {
  printf 'Client {\n  org.apache.zookeeper.server.auth.DigestLoginModule required username="%s" password="%s";\n};\n' "$(in_quotes "$1")" "$(in_quotes "$2")"
}

# log_in_to_zookeeper: prints the flag that tells a JVM who it is at the ZooKeeper whose account is mounted; nothing where there is none.
log_in_to_zookeeper() {
  [ -e /etc/ballast/zookeeper/username ] || return 0
  (
    umask 077
    zookeeper_login "$(cat /etc/ballast/zookeeper/username)" "$(cat /etc/ballast/zookeeper/password)" >"$RUN/zookeeper.jaas"
  )
  printf ' -Djava.security.auth.login.config=%s' "$RUN/zookeeper.jaas"
}

# contents FILES…: what they hold, into `held`, without a process. Whether a Secret was changed is told by that and not by a file's age: kubelet
# writes a new file before it shows it, and one volume after the other.
contents() {
  local file line
  held=''
  for file in "$@"; do
    line=''
    # A Secret without a newline at its end is no error; blanks belong to it.
    IFS= read -r line 2>/dev/null <"$file" || true
    held+=$line$'\n'
  done
}

# changed FILES…: whether they hold something else than when `applied` was set to `held`, what they hold now.
changed() {
  contents "$@"
  [ "$held" != "${applied:-}" ]
}

epoch() {
  printf -v now '%(%s)T' -1
}

# bash waits without a process: nothing is ever written to the pipe .never.
pause() {
  read -r -t "$1" -u 9 _ || true
}

# every SECONDS COMMAND…: for ever.
every() {
  while :; do
    "${@:2}"
    pause "$1"
  done
}

# Clients that stay connected, because starting one costs more than a server's idle load: questions go to session_in[NAME], answers come from session_out[NAME].
declare -A session_pid=() session_in=() session_out=()

# session_start NAME heard|unheard COMMAND…: COMMAND is a program, which a function would outlive; its errors are `heard` among the answers.
session_start() {
  local name=$1 errors=$2 in out
  shift 2
  session_close "$name"
  rm -f "$RUN/.ask-$name" "$RUN/.answer-$name"
  mkfifo -m 600 "$RUN/.ask-$name" "$RUN/.answer-$name"
  exec {in}<>"$RUN/.ask-$name" {out}<>"$RUN/.answer-$name"
  session_in[$name]=$in session_out[$name]=$out
  if [ "$errors" = heard ]; then
    "$@" <&"$in" >&"$out" 2>&1 6<&- 9<&- &
  else
    "$@" <&"$in" >&"$out" 2>/dev/null 6<&- 9<&- &
  fi
  session_pid[$name]=$!
}

session_runs() {
  [ -n "${session_pid[$1]:-}" ] && kill -0 "${session_pid[$1]}" 2>/dev/null
}

session_close() {
  local in=${session_in[$1]:-} out=${session_out[$1]:-}
  [ -n "${session_pid[$1]:-}" ] || return 0
  kill -KILL "${session_pid[$1]}" 2>/dev/null || true
  wait "${session_pid[$1]}" 2>/dev/null || true
  exec {in}>&- {out}>&-
  unset "session_pid[$1]"
}

# run_agent: for the server's main process. Nobody else would notice an agent that ended: probes only look once the member was ready.
run_agent() {
  local ended
  while :; do
    ended=0
    bash /opt/ballast/agent.sh || ended=$?
    log "error: the agent ended with status $ended: starting it again"
    sleep 1
  done
}

# Before anything below is used.
open_pipes() {
  mkfifo -m 600 "$RUN/.never" 2>/dev/null || true
  exec 9<>"$RUN/.never"
  # Whichever side is first makes it.
  mkfifo -m 600 "$RUN/wake" 2>/dev/null || [ -p "$RUN/wake" ]
  exec 6<>"$RUN/wake"
}

# Ends the sidecar's wait for its next tick.
wake() {
  echo >&6
}

# publish ROLE GENERATION: the role file, at most once a second while nothing changes (its age tells that the agent's loop runs).
publish() {
  local before=${published:-}
  epoch
  [ "$before" = "$1 $2 $now" ] && return 0
  printf '%s %s %s\n' "$1" "$2" "$now" >"$RUN/.role" && mv "$RUN/.role" "$RUN/role"
  published="$1 $2 $now"
  [ "${before% *}" = "$1 $2" ] || wake
}

# tell_unreachable PODS: for the sidecar, blanks between them.
tell_unreachable() {
  [ "$1" != "${unreachable:-}" ] || return 0
  unreachable=$1
  printf '%s\n' "$1" >"$RUN/.unreachable" && mv "$RUN/.unreachable" "$RUN/unreachable"
  wake
}

# What the sidecar read of the StatefulSet and the state's ConfigMap, into variables of these names; fails when that was more than a minute ago.
# shellcheck disable=SC2034
facts() {
  local known_term
  [ -r "$RUN/facts" ] && read -r replicas group formed known_term last_primary facts_at <"$RUN/facts" || return 1
  [ "$known_term" -le "${term:-0}" ] || term=$known_term
  epoch
  [ $((now - facts_at)) -le 60 ]
}

# ask_to_found CONTENT: asks the sidecar, which asks the API server, for the right to found a new group, the `term`-th; fails, and says why,
# without it.
ask_to_found() {
  rm -f "$RUN/bootstrap.answer"
  echo "$1" >"$RUN/.request" && mv "$RUN/.request" "$RUN/bootstrap.request"
  wake
  local tries=0 verdict
  until [ -e "$RUN/bootstrap.answer" ]; do
    pause 0.2
    tries=$((tries + 1))
    if [ "$tries" -gt 100 ]; then
      rm -f "$RUN/bootstrap.request"
      say "waiting: the role sidecar did not answer whether a group may be founded"
      return 1
    fi
  done
  verdict=$(cat "$RUN/bootstrap.answer")
  [ "${verdict%% *}" = granted ] || {
    say "not founding a group: ${verdict#denied }"
    return 1
  }
  # shellcheck disable=SC2034
  term=${verdict#granted }
}
# {{- end }}
