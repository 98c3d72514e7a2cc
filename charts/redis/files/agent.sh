#!/bin/bash
# shellcheck disable=SC2153,SC2154  # the environment, and what common.sh sets
# Runs beside redis-server: says which role this member has, makes it follow what the Sentinels agreed on, lets itself be promoted only where
# nothing that was acknowledged is lost by it, and founds the group where that is proven to be safe.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh
# shellcheck source=agent-cluster.sh
[ "$ARCHITECTURE" != cluster ] || . /opt/ballast/agent-cluster.sh

# Clients that stay connected, because starting one costs more than a server's idle load: to this member's server and to each Sentinel.
declare -A session_pid=() session_in=() session_out=() refusals=() silent_since=()
sequence=0

# Looks in a row, of 2 s each, at which this member's server did not say a word.
unanswered=0

# session_open NAME ARGUMENTS…: a redis-cli that answers what is asked of NAME, with the password that was let in last.
session_open() {
  local name=$1 in out
  local -a passwords=("$AUTH/system-password") tls=()
  shift
  session_close "$name"
  [ ! -e "$RUN/previous" ] || passwords=("$RUN/previous" "${passwords[@]}")
  [ "$TLS" = true ] && [ "$name" != own ] && tls=(--tls --cacert /etc/ballast/tls/ca.crt)
  rm -f "$RUN/.ask-$name" "$RUN/.answer-$name"
  mkfifo -m 600 "$RUN/.ask-$name" "$RUN/.answer-$name"
  exec {in}<>"$RUN/.ask-$name" {out}<>"$RUN/.answer-$name"
  session_in[$name]=$in session_out[$name]=$out
  REDISCLI_AUTH=$(<"${passwords[${refusals[$name]:-0} % ${#passwords[@]}]}") \
    redis-cli --user ballast --no-auth-warning "${tls[@]}" "$@" <&"$in" >&"$out" 2>&1 6<&- 9<&- &
  session_pid[$name]=$!
}

session_close() {
  local in=${session_in[$1]:-} out=${session_out[$1]:-}
  [ -n "${session_pid[$1]:-}" ] || return 0
  kill -KILL "${session_pid[$1]}" 2>/dev/null || true
  wait "${session_pid[$1]}" 2>/dev/null || true
  exec {in}>&- {out}>&-
  unset "session_pid[$1]"
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
  [ -n "${session_pid[own]:-}" ] && kill -0 "${session_pid[own]}" 2>/dev/null || session_open own -s "$RUN/redis.sock"
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

# Asks every Sentinel at once; their lines as leader_of() reads them, into `sentinels`. How many there are may change without a restart.
ask_sentinels() {
  local ordinal
  read -r SENTINELS QUORUM </opt/ballast/sentinels
  sequence=$((sequence + 1))
  for ((ordinal = 0; ordinal < SENTINELS; ordinal++)); do
    [ -n "${session_pid[$ordinal]:-}" ] || session_open "$ordinal" -h "$(sentinel_host "$ordinal")" -p 26379
    session_ask "$ordinal" "SENTINEL MASTER $MASTER_NAME"
  done
  sentinels=''
  for ((ordinal = 0; ordinal < SENTINELS; ordinal++)); do
    hear_sentinel "$ordinal"
  done
}

# One that was silent before is given a moment, any other a second: nobody's silence may hold up what the others say.
hear_sentinel() {
  local key='' host='' number=0 flags=- status patience=1
  [ -z "${silent_since[$1]:-}" ] || patience=0.05
  while :; do
    status=0
    session_line "$1" "$patience" || status=$?
    [ "$status" = 0 ] || break
    case $key in
      ip) host=$line ;;
      config-epoch) number=$line ;;
      flags) flags=$line ;;
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
    *) sentinels+="$1 $(ordinal_of_host "$host") $number $flags" ;;
  esac
  sentinels+=$'\n'
}

# ask_peers [BUT]: asks every other member at once, but that one; their lines "ORDINAL unreachable" or "ORDINAL ROLE CONTENT OFFSET PRIORITY",
# into `peers`. One that does not answer holds it up for a second.
ask_peers() {
  local ordinal
  local -a pids=() files=()
  for ((ordinal = 0; ordinal < replicas; ordinal++)); do
    [ "$ordinal" = "$me" ] || [ "$ordinal" = "${1:-}" ] && continue
    files+=("$RUN/.peer-$ordinal")
    ask_peer "$ordinal" >"$RUN/.peer-$ordinal" &
    pids+=($!)
  done
  peers=''
  [ "${#pids[@]}" -gt 0 ] || return 0
  wait "${pids[@]}" || true
  peers=$(cat "${files[@]}")
}

ask_peer() {
  local info peer_role
  info=$(member "$1" INFO) || info=''
  peer_role=$(field role <<<"$info")
  if [ -z "$peer_role" ]; then
    echo "$1 unreachable"
    return 0
  fi
  local content=empty offset
  grep -q '^db[0-9]' <<<"$info" && content=data
  offset=$(field slave_repl_offset <<<"$info")
  echo "$1 $peer_role $content ${offset:-0} $(field slave_priority <<<"$info")"
}

my_content() {
  if own INFO keyspace | grep -q '^db[0-9]'; then echo data; else echo empty; fi
}

# arm ORDINAL: makes every Sentinel that watches nothing watch this member. Its epoch comes from the others' messages.
arm() {
  local ordinal state host
  host=$(member_host "$1")
  while read -r ordinal state _; do
    [ "$state" = blank ] || continue
    log "making Sentinel $ordinal watch $host"
    sentinel "$ordinal" - >/dev/null <<END || true
SENTINEL MONITOR $MASTER_NAME $host 6379 $QUORUM
SENTINEL SET $MASTER_NAME down-after-milliseconds $DOWN_AFTER failover-timeout $FAILOVER_TIMEOUT parallel-syncs $SENTINELS
SENTINEL SET $MASTER_NAME auth-user ballast-sentinel
SENTINEL SET $MASTER_NAME auth-pass "$(in_quotes "$(secret sentinel-password)")"
END
  done <<<"$sentinels"
}

follow() {
  log "following member $1, as the Sentinels agreed (was $role${source:+ of $source})"
  printf 'REPLICAOF %s 6379\nCLIENT KILL TYPE normal SKIPME yes\n' "$(member_host "$1")" | own - >/dev/null || true
}

lead() {
  log "$1"
  printf 'REPLICAOF NO ONE\nCONFIG SET replica-priority 100\n' | own - >/dev/null
  last_role=master
}

# consent yes|no: whether this member may be promoted, by a Sentinel or by the cluster's vote.
consent() {
  [ "${consented:-}" = "$1" ] && return 0
  case $ARCHITECTURE.$1 in
    cluster.yes) own CONFIG SET cluster-replica-no-failover no >/dev/null || return 0 ;;
    cluster.no) own CONFIG SET cluster-replica-no-failover yes >/dev/null || return 0 ;;
    # Sentinels prefer a lower priority, and the others see by it that this member agrees.
    *.yes) printf 'ACL SETUSER ballast-sentinel +replicaof +slaveof\nCONFIG SET replica-priority 50\n' | own - >/dev/null || return 0 ;;
    *.no)
      own ACL SETUSER ballast-sentinel -replicaof -slaveof >/dev/null || return 0
      [ -z "${in_sync:-}" ] || [ "$leaving" = yes ] || own CONFIG SET replica-priority 100 >/dev/null || return 0
      ;;
  esac
  [ "$1" = no ] || log "this member may be promoted: no other has more than offset $offset"
  consented=$1
}

# remember GENERATION ORDINAL: the primary's pod, on the volume, for the next start.
remember() {
  [ "${remembered:-}" = "$1 $2" ] && return 0
  echo "$1 $BASE-$2" >"$DATA/.ballast.seen" && mv "$DATA/.ballast.seen" "$DATA/ballast.seen"
  remembered="$1 $2"
}

# fence yes|no: a primary that can't hear a majority of the Sentinels may have a successor, and takes no write until it can.
fence() {
  [ "${fenced:-no}" = "$1" ] && return 0
  if [ "$1" = yes ]; then
    log "no majority of Sentinels answers: taking no writes"
    echo 'CONFIG SET min-replicas-to-write 100' | own - >/dev/null || return 0
  else
    log "a majority of Sentinels answers: taking writes"
    echo "CONFIG SET min-replicas-to-write $MIN_REPLICAS" | own - >/dev/null || return 0
  fi
  fenced=$1
}

# This member's server was restarted while the Sentinels still take it for the primary. A replica in sync takes over sooner than a large
# volume is read; where there is none (all were restarted), nobody can have more than this member.
resume() {
  local ordinal peer_role priority able='' silent=''
  facts || return 0
  ask_peers
  while read -r ordinal peer_role _ _ priority; do
    if [ "$peer_role" = unreachable ]; then
      silent+=" $ordinal"
    elif [ "$priority" != 0 ]; then
      able+=" $ordinal"
    fi
  done <<<"$peers"
  epoch
  if [ -z "$able$silent" ] || [ $((now - started)) -ge 20 ]; then
    lead "resuming as primary: no other member can take over${able:+ (in sync:$able)}${silent:+ (not answering:$silent)}"
  elif [ -n "$able" ]; then
    say "restarted while primary: asking the Sentinels to promote one of these:$able"
    request_failover "$me"
  fi
}

# request_failover ORDINAL: of a Sentinel that takes this member for the primary: asked of any other, it would mean the successor.
request_failover() {
  local ordinal master answer=''
  [ "$now" -ge "${next_failover:-0}" ] && [[ $sentinels != *failover_in_progress* ]] || return 0
  while read -r ordinal master _; do
    [ "$master" = "$1" ] || continue
    answer=$(sentinel "$ordinal" SENTINEL FAILOVER "$MASTER_NAME") || true
    [[ $answer != OK && $answer != INPROG* ]] || break
  done <<<"$sentinels"
  case $answer in
    '' | OK | INPROG*) ;;
    *) log "the Sentinels can't yet: $answer" ;;
  esac
  next_failover=$((now + 3))
}

# No Sentinel remembers anything: all of them were restarted, or this is the first start.
found() {
  local last=- verdict content
  if ! facts; then
    say "waiting for the role sidecar to read the StatefulSet and the state's ConfigMap"
    return 0
  fi
  ask_peers
  [ "${last_primary:--}" = - ] || last=$(ordinal_of "$last_primary")
  content=$(my_content)
  verdict=$(may_found "$me" "$replicas" "$formed" "$last" "$content" <<<"$peers")
  case $verdict in
    found)
      ask_to_found "$content" || return 0
      ask_sentinels
      [ "$(leader_of "$SENTINELS" <<<"$sentinels")" = blank ] || return 0
      lead "founding the group: no Sentinel remembers a primary, and member $last was the last one"
      arm "$me"
      ;;
    wait*) say "waiting: ${verdict#wait }" ;;
    *) say "${verdict#refuse }" ;;
  esac
}

# Passwords that were changed in the Secrets. The one before stays valid until the next change, so nobody is cut off.
rotate_passwords() {
  local name hash old seen answer commands=''
  contents "$AUTH/system-password" "$AUTH/password" "$AUTH/monitor-password" "$AUTH/sentinel-password" /etc/ballast/users/*/password
  seen=$held
  [ "$seen" != "${applied:-}" ] || return 0
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

# A replica's view of its primary. It is lost when the link breaks, or nothing came for 1.8 s (a primary sends a ping every second; a new link may
# take 3 s): before the Sentinels act on it, so that they find out in time who may be promoted.
watch_primary() {
  local patience=1800
  if [ "$role" = master ]; then
    is_back
    consent no
    return 0
  fi
  [ "$link" != up ] || linked_to=$source
  [ "$linked_to" = "$source" ] || patience=3000
  if [ "$source" != "$last_source" ] || { [ "$link" = up ] && [ "$offset" != "$last_offset" ]; }; then heard_primary_at=$clock; fi
  last_source=$source last_offset=$offset
  if [ "$link" = sync ] && [ -n "$in_sync" ]; then
    # What it has is about to be replaced.
    echo 'CONFIG SET replica-priority 0' | own - >/dev/null && in_sync=''
  elif [ "$link" = up ] && [ $((clock - heard_primary_at)) -lt "$patience" ]; then
    is_back
    if [ -z "$in_sync" ] && [ "$leaving" = no ]; then
      echo 'CONFIG SET replica-priority 100' | own - >/dev/null && in_sync=yes
    fi
    consent no
  elif [ -n "$in_sync" ] && [ "$leaving" = no ] && [ -z "$alone_since" ]; then
    if { [ "$link" = down ] && [ "$linked_to" = "$source" ]; } || [ $((clock - heard_primary_at)) -ge "$patience" ]; then
      alone_since=$now
      detach
    fi
  fi
}

is_back() {
  alone_since='' lost=''
  tell_unreachable ''
}

# A new primary's peers follow it at once: what waits for a copy would otherwise wait for the Sentinels to tell them, a second or two later.
gather() {
  local ordinal
  for ((ordinal = 0; ordinal < ${replicas:-0}; ordinal++)); do
    [ "$ordinal" = "$me" ] || [ "$ordinal" = "${lost:-}" ] || member "$ordinal" REPLICAOF "$(member_host "$me")" 6379 >/dev/null &
  done
}

# A replica that lost its primary acknowledges nothing to it any more, should that come back while another is being promoted.
detach() {
  [ "$source" != 127.0.0.1 ] || return 0
  if [ "$ARCHITECTURE" = cluster ]; then
    # A node of a cluster can't be told to follow nobody.
    lost=${primary_ordinal:-} lost_host=$source
    log "lost member $lost"
    return 0
  fi
  lost=$(ordinal_of_host "$source") lost_host=$source
  log "lost member $lost: acknowledging nothing to it until the Sentinels say who leads"
  echo 'REPLICAOF 127.0.0.1 1' | own - >/dev/null || true
}

# May a Sentinel promote this member? Asked again and again until somebody leads.
consider_consent() {
  local others
  facts || [ -n "$replicas" ] || return 0
  offset=$(own INFO replication | field slave_repl_offset)
  ask_peers "${lost:-}"
  others=$(awk '{ print $1, $2 == "unreachable" ? $2 : $5 == 0 ? "-" : $4 }' <<<"$peers")
  if [ "$(may_be_promoted "$offset" yes $((now - alone_since)) <<<"$others")" != yes ]; then
    consent no
    return 0
  fi
  consent yes
  # A server that is gone need not be waited for, nor for its restart.
  if [ "$ARCHITECTURE" = cluster ]; then
    if timed_out || refuses "$lost_host"; then take_over; fi
  elif [ "$(may_ask_now "$offset" $((now - alone_since)) <<<"$peers")" = yes ]; then
    if refuses "$lost_host"; then
      log "member $lost refuses connections: asking the Sentinels to promote one of us"
      request_failover "$lost"
    elif [ "$(grep -c s_down <<<"$sentinels")" -ge "$QUORUM" ]; then
      # Their own vote may be split, and is repeated only after twice the failover's timeout.
      log "a majority of Sentinels has lost member $lost: asking one to promote one of us"
      request_failover "$lost"
    fi
  fi
}

# A frozen server still accepts connections, and one that is cut off says nothing: only a dead one refuses, and at once.
refuses() {
  # shellcheck disable=SC2016  # expanded by the inner bash
  [[ $(timeout 0.2 bash -c 'exec 3<>"/dev/tcp/$0/6379"' "$1" 2>&1) == *refused* ]]
}

# Looks at the Sentinels, claims a role and does what it takes.
follow_sentinel() {
  local verdict leader number claim action member calm=yes following=- promoted=no
  ask_sentinels
  read -r verdict leader number <<<"$(leader_of "$SENTINELS" <<<"$sentinels")"
  [[ $sentinels == *_down* || $sentinels == *failover* ]] && calm=no
  if [ -n "$alone_since" ] && [ $((now - alone_since)) -lt 15 ]; then link=lost; fi
  if [ -n "$alone_since" ] && [ "$source" = 127.0.0.1 ]; then
    consider_consent
    # Clients are better refused than kept waiting by a primary that a majority of Sentinels can't reach; but where a successor comes at once, two
    # changes of the Service in a row would only delay the second.
    if [ $((now - alone_since)) -ge 5 ] && [ "$(grep -c s_down <<<"$sentinels")" -ge "$QUORUM" ]; then tell_unreachable "$BASE-$lost"; fi
    # A primary that was only restarted waits for one of us to take over.
    if [ "$calm" = yes ]; then [[ $(ask_peer "${leader:-$me}") == *" master "* ]] || calm=no; fi
  fi
  [ "$source" != "$(member_host "$(ordinal_of_host "$source")")" ] || following=$(ordinal_of_host "$source")
  # Told by a new primary to follow it: the Sentinels' word on it comes a second or two later.
  if [ "$source" != "${told_source:-}" ]; then told_source=$source told_at=$now; fi
  if [ "$verdict" = leads ] && [ "$following" != - ] && [ "$leader" != "$me" ] && [ $((now - told_at)) -lt 3 ]; then following=$leader; fi
  [ -n "$promoted_at" ] && [ $((now - promoted_at)) -lt 10 ] && promoted=yes
  if [ "$verdict" = leads ]; then
    heard_at=$now
    fence no
    facts || true
    [ "$leader" = "$me" ] && promoted_at='' promoted=no
    # Between a promotion and the Sentinels' word on it, the one that it was given stands.
    if [ "$promoted" = no ]; then
      generation="$term.$((number * 2))"
      remember "$generation" "$leader"
    fi
  fi
  read -r claim action member <<<"$(plan "$me" "$role" "$following" "$link" "$promoted" "$leaving" "$verdict" "${leader:--}" "$calm")"
  [ "$claim" = keep ] && claim=$was
  case $action in
    arm) [[ $sentinels != *blank* ]] || arm "$member" ;;
    follow) follow "$member" ;;
    resume) resume ;;
    found) found ;;
    fence)
      if [ $((now - heard_at)) -ge 3 ]; then
        fence yes
        claim=none
      fi
      ;;
  esac
  become "$claim"
}

become() {
  publish "$1" "$generation"
  [ "$was" = "$1" ] || [ "$1" = none ] || say "$1"
  was=$1
}

promoted_sentinel() {
  promoted_at=$now consented=yes
  generation="${generation%.*}.$((${generation#*.} / 2 * 2 + 1))"
  log "promoted by a Sentinel at offset $offset"
  become primary
  gather
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
  while :; do
    if [ "$ARCHITECTURE" = standalone ]; then tick_standalone; else tick_replicated; fi
    # Where Services lead follows within a fifth of this more; a cluster's clients find out by themselves.
    if [ "$ARCHITECTURE" = sentinel ]; then pause 0.1; else pause 0.3; fi
  done
}

[ -n "${BALLAST_TEST:-}" ] || main
