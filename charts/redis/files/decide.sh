#!/bin/bash
# shellcheck shell=bash
# What is decided, and nothing else: no command to a server, no file. Unit-tested by tables in test/systems/redis.

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

# init_verdict RECORDED CHECKSUM: run, skip, or why not.
init_verdict() {
  if [ -z "$1" ]; then
    echo run
  elif [ "$1" = "$2" ]; then
    echo skip
  else
    echo "was changed after it was run: put it back as it was and add a new one"
  fi
}
