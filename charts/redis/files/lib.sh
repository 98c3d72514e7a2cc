#!/bin/bash
# Shared by the scripts in the server's image: who is who, commands to servers and Sentinels, and the decisions that must be right
# (unit-tested in test/render). Needs bash, coreutils, redis-server and redis-cli.
# shellcheck disable=SC1091
. "${SCRIPTS:-/opt/ballast}/common.sh"

DATA=${DATA:-/data}
# The name that Sentinels know the group by.
# shellcheck disable=SC2034  # used by those who source this
MASTER_NAME=ballast

# Names of members and of Sentinels are Services, not pods: they resolve, always to the same address, while a pod is away. A Sentinel keeps an
# address once it has resolved it, and gives a failover up over a name that does not resolve (redis/redis#9103, #11241).
member_host() {
  printf '%s-%s.%s' "$BASE" "$1" "$SUFFIX"
}

sentinel_host() {
  printf '%s-sentinel-%s.%s' "$BASE" "$1" "$SUFFIX"
}

# The ordinal in a member's or Sentinel's host name.
ordinal_of_host() {
  local pod=${1%%.*}
  printf '%s' "${pod##*-}"
}

# redis-cli as the charts' own account. Around a rotation some servers know the new password already and others only the one before, which is
# kept in RUN/previous then: that one is tried first.
# cli SECONDS INPUT ARGUMENTS…: INPUT is commands, among them those that hold a secret, or empty.
cli() {
  local seconds=$1 input=$2 password answer
  shift 2
  local -a tls=()
  [ "${TLS:-false}" = true ] && tls=(--tls --cacert /etc/ballast/tls/ca.crt)
  for password in "$RUN/previous" "$AUTH/system-password"; do
    [ -e "$password" ] || continue
    answer=$(REDISCLI_AUTH=$(cat "$password") timeout "$seconds" redis-cli --user ballast --no-auth-warning "${tls[@]}" "$@" <<<"$input" 2>&1) || return 1
    [[ $answer == *WRONGPASS* || $answer == *NOAUTH* ]] || break
  done
  printf '%s\n' "$answer"
}

# member ORDINAL ARGUMENTS… and sentinel ORDINAL ARGUMENTS…: one command, or `-` for commands from standard input.
member() {
  ask_server "$(member_host "$1")" 6379 "${@:2}"
}

sentinel() {
  ask_server "$(sentinel_host "$1")" 26379 "${@:2}"
}

ask_server() {
  local input=''
  if [ "$3" = - ]; then
    input=$(cat)
    set -- "$1" "$2"
  fi
  cli 1 "$input" -h "$1" -p "$2" "${@:3}"
}

# The same to this member's own server, over its socket.
own() {
  local input=''
  if [ "$1" = - ]; then
    input=$(cat)
    set --
  fi
  TLS=false cli 5 "$input" -s "$RUN/redis.sock" "$@"
}

sha256_of() {
  printf '%s' "$1" | sha256sum | cut -d' ' -f1
}

# field NAME: from the INFO on standard input.
field() {
  sed -n "s/^$1:\([^\r]*\).*/\1/p"
}

# is_stuck UNANSWERED STOPPING: is the server to be ended, and started again? A server that loads, runs a long script or waits for its primary says so; one
# that left UNANSWERED looks in a row, of 2 s each, without a word for a minute may do so for good. Redis 8.0.6 does: a node of a cluster that takes two
# others for replicas, each of the other, looks for their primary in an endless loop (valkey-io/valkey#609 and #1015). One that is being stopped
# (STOPPING yes) may be writing its snapshot.
is_stuck() {
  [ "$1" -ge 30 ] && [ "$2" != yes ]
}

# leader_of SENTINELS: what the Sentinels say together. Standard input, a line each: "ORDINAL unreachable", "ORDINAL blank" (it watches nothing:
# it has just been started) or "ORDINAL MASTER EPOCH" with the ordinal of the member that it takes for the primary. Prints
#   leads MASTER EPOCH      a majority agrees
#   remembered MASTER EPOCH no majority knows, but this is the newest of what some do, and the others are blank
#   blank                   a majority answers, and none of those who answer watches anything: no failover can be under way
#   unknown                 neither: wait
leader_of() {
  awk -v all="$1" '
    NF < 2 { next }
    $2 == "unreachable" { next }
    { answered++ }
    $2 == "blank" { blank++; next }
    {
      votes[$2]++
      if (votes[$2] == 1 || $3 + 0 > epoch[$2]) epoch[$2] = $3 + 0
      if (newest == "" || $3 + 0 > epoch[newest]) newest = $2
      masters++
    }
    END {
      for (m in votes) if (votes[m] * 2 > all) { print "leads", m, epoch[m]; exit }
      if (answered * 2 <= all) { print "unknown"; exit }
      if (masters == 0) { print "blank"; exit }
      distinct = 0
      for (m in votes) distinct++
      if (distinct == 1 && blank > 0) { print "remembered", newest, epoch[newest]; exit }
      print "unknown"
    }'
}

# may_found ME REPLICAS FORMED LAST CONTENT: may I lead a group that no Sentinel remembers?
#   FORMED   true when a group existed once        LAST   ordinal of its last primary, - when unknown
#   CONTENT  empty | data, of my volume
# Standard input, a line for each other member: "ORDINAL unreachable", or "ORDINAL ROLE CONTENT" (master or slave; empty or data).
# Prints "found", "wait REASON" or "refuse REASON".
may_found() {
  local me=$1 replicas=$2 formed=$3 last=$4 content=$5
  local ordinal role peer_content up=1 master='' unreachable='' better=''
  while read -r ordinal role peer_content _; do
    [ -n "$ordinal" ] || continue
    if [ "$role" = unreachable ]; then
      unreachable+=" $ordinal"
      continue
    fi
    up=$((up + 1))
    [ "$role" = master ] && master=$ordinal
    if [ "$peer_content" = data ] && [ "$content" = empty ]; then
      better+=" $ordinal"
    elif [ "$peer_content" = "$content" ] && [ "$ordinal" -lt "$me" ]; then
      better+=" $ordinal"
    fi
  done
  if [ -n "$master" ]; then
    echo "wait member $master is a primary, and will tell the Sentinels"
  elif [ "$formed" = true ] && [ "$last" != "$me" ]; then
    echo "wait member $last was the last primary, and has every acknowledged write: it leads. If it is gone for good, set data.primary in the ConfigMap to the pod that should lead instead"
  elif [ "$formed" = true ] && [ "$content" = empty ]; then
    echo "refuse I was the last primary and my volume is empty: restore it, or set data.primary in the ConfigMap to the pod that should lead instead"
  elif [ "$formed" = true ] && [ $((up * 2)) -le "$replicas" ]; then
    echo "wait only $up of $replicas members answer, and a newer primary can't be ruled out while these do not:$unreachable"
  elif [ "$formed" = true ]; then
    echo found
  elif [ "$up" -lt "$replicas" ]; then
    echo "wait the first group needs all members, and these do not answer:$unreachable"
  elif [ -n "$better" ]; then
    echo "wait a first group is led by the lowest ordinal of those with the most data:$better"
  else
    echo found
  fi
}

# may_be_promoted OFFSET IN_SYNC SECONDS_ALONE: does this replica, whose primary is gone, let a Sentinel promote it? A Sentinel picks by what it
# heard up to seconds ago; only the one that has every write that any other replica acknowledged may take over.
#   IN_SYNC        yes when it was in sync with the last primary since its server started
#   SECONDS_ALONE  since the primary was lost
# Standard input, a line for each other member but the primary: "ORDINAL unreachable", or "ORDINAL OFFSET" (- when it was not in sync).
# Prints yes or "no REASON".
may_be_promoted() {
  local offset=$1 in_sync=$2 alone=$3 ordinal theirs missing=''
  [ "$in_sync" = yes ] || {
    echo "no I was not in sync with the last primary"
    return 0
  }
  while read -r ordinal theirs _; do
    [ -n "$ordinal" ] || continue
    if [ "$theirs" = unreachable ]; then
      missing+=" $ordinal"
    elif [ "$theirs" != - ] && [ "$theirs" -gt "$offset" ]; then
      echo "no member $ordinal has more"
      return 0
    fi
  done
  # With a second failure beside the primary's, one of them may have had more: availability wins after a while, and DESIGN.md says so.
  if [ -n "$missing" ] && [ "$alone" -lt 10 ]; then
    echo "no these members may have more, and do not answer:$missing"
  else
    echo yes
  fi
}

# may_ask_now OFFSET SECONDS_ALONE: may this replica, which may be promoted, ask a Sentinel for it? The Sentinel picks any replica that was in sync, and
# one that may not be promoted yet refuses, which costs the failover's timeout. So those that will agree in a moment are given one.
# Standard input, a line for each other member but the primary: "ORDINAL unreachable" or "ORDINAL ROLE CONTENT OFFSET PRIORITY", where PRIORITY is
# 0 for one that is never picked, and 50 for one that agrees. Prints yes or "no REASON".
may_ask_now() {
  local ordinal peer_role theirs priority undecided=''
  while read -r ordinal peer_role _ theirs priority; do
    [ "$peer_role" = slave ] && [ "$priority" = 100 ] && [ "$theirs" -ge "$1" ] && undecided+=" $ordinal"
  done
  if [ -n "$undecided" ] && [ "$2" -lt 3 ]; then
    echo "no these will agree in a moment:$undecided"
  else
    echo yes
  fi
}

# sees_successor: does the Sentinel whose SENTINEL REPLICAS is the standard input know a replica that it would promote? It looks at each only every 10 s, and
# one that has just been restarted has priority 0 in its eyes until then.
sees_successor() {
  awk '
    function judge() { if (flags == "slave" && link == "ok" && priority > 0) found = 1 }
    { sub(/\r$/, "") }
    NR % 2 { key = $0; next }
    key == "name" { judge(); flags = ""; link = ""; priority = 0 }
    key == "flags" { flags = $0 }
    key == "master-link-status" { link = $0 }
    key == "slave-priority" { priority = $0 + 0 }
    END { judge(); exit !found }'
}

# plan ME ROLE SOURCE LINK PROMOTED LEAVING VERDICT LEADER CALM: what a member claims to be, and what it does about it, given what its server
# says (ROLE master or slave; SOURCE the ordinal that it follows, - for nobody; LINK up, down, or lost some seconds ago; PROMOTED yes when a Sentinel made it a primary
# a moment ago; LEAVING yes while it is being stopped) and what the Sentinels say (VERDICT and LEADER of leader_of; CALM yes when none of
# them has lost the primary, and it answers as one). Prints "CLAIM ACTION [MEMBER]":
#   CLAIM    primary | replica | none | keep (what it was)
#   ACTION   nothing | follow MEMBER | arm MEMBER (make blank Sentinels watch it) | resume (a restarted primary) | found | fence (take no writes)
plan() {
  local me=$1 role=$2 source=$3 link=$4 promoted=$5 leaving=$6 verdict=$7 leader=$8 calm=$9
  local claim=none
  if [ "$role" = slave ]; then
    case $link in
      up) claim=replica ;;
      lost) claim=keep ;;
    esac
  fi
  case $verdict.$role in
    leads.master)
      if [ "$leader" = "$me" ]; then
        echo "primary arm $me"
      elif [ "$promoted" = yes ]; then
        echo "primary nothing"
      else
        echo "none follow $leader"
      fi
      ;;
    leads.slave)
      if [ "$leader" = "$me" ]; then
        [ "$leaving" = yes ] && echo "none nothing" || echo "none resume"
      elif [ "$source" = "$leader" ]; then
        echo "$claim nothing"
      elif [ "$source" = - ] && [ "$calm" = no ]; then
        echo "$claim nothing"
      else
        echo "$claim follow $leader"
      fi
      ;;
    remembered.master) echo "keep arm $leader" ;;
    remembered.slave) echo "$claim arm $leader" ;;
    blank.master) echo "keep arm $me" ;;
    blank.slave) [ "$claim" = replica ] || [ "$leaving" = yes ] && echo "$claim nothing" || echo "none found" ;;
    unknown.master) echo "keep fence" ;;
    *) echo "$claim nothing" ;;
  esac
}

# The ACL file: the charts' own accounts and the application's, with digests in place of passwords. Sentinels may do here what they need to
# watch and nothing that changes a role: the agent does that itself (see may_be_promoted).
accounts() {
  local directory
  printf 'user default on #%s ~* &* +@all\n' "$(sha256_of "$(secret password)")"
  printf 'user ballast on #%s ~* &* +@all\n' "$(sha256_of "$(secret system-password)")"
  printf 'user ballast-monitor on #%s ~* &* -@all +@read +@connection +info +config|get +latency +slowlog +memory +client|list +cluster|info +cluster|nodes\n' \
    "$(sha256_of "$(secret monitor-password)")"
  if [ "$ARCHITECTURE" = sentinel ]; then
    printf 'user ballast-sentinel on #%s &* -@all +multi +exec +ping +info +role +publish +subscribe +psubscribe +client|setname +client|kill +config|rewrite +script|kill\n' \
      "$(sha256_of "$(secret sentinel-password)")"
  fi
  for directory in /etc/ballast/users/*/; do
    [ -d "$directory" ] || continue
    printf 'user %s on #%s %s\n' "$(cat "$directory/username")" "$(sha256_of "$(cat "$directory/password")")" \
      "$(cat "/opt/ballast/rules-$(basename "$directory")")"
  done
}
