#!/bin/bash
# shellcheck shell=bash
# What is decided, and nothing else: no command to a server, no file. Unit-tested by tables, and against a model of a set, in test/systems/mongodb.

# role_of STATE: the role that a member may claim, from its own answer to hello (primary, secondary, other, blank, removed).
role_of() {
  case $1 in
    primary) echo primary ;;
    secondary) echo replica ;;
    *) echo none ;;
  esac
}

# begin FORMED CONTENT: how does a member start?
#   FORMED   true when a set existed once, unknown when that could not be read
#   CONTENT  empty; fresh, made by an earlier start of this server and in no set yet; set, a member's; foreign, of somebody else
# Standard input, a line for each other member, as it answers to hello:
#   ORDINAL unreachable
#   ORDINAL blank         a server that is in no set
#   ORDINAL STATE TERM    in a set: STATE is primary, secondary or other
# A member in its initial sync votes (MongoDB's reference, "Replica Set Member States"), so one whose volume was lost could elect a primary that
# lacks acknowledged writes. Whether I have a vote is not asked: hello lists no hidden members, and a primary that was cut off does not know.
# Prints
#   go            start the server
#   yield ORDINAL start it once this primary says that more than half have a configuration in which I have no vote
#   wait REASON, refuse REASON   the latter is for the operator to end
begin() {
  local formed=$1 content=$2 ordinal state term primary='' newest=-1 others=''
  while read -r ordinal state term; do
    case $state in
      primary | secondary | other)
        others+=" $ordinal"
        if [ "$state" = primary ] && [ "$term" -gt "$newest" ]; then primary=$ordinal newest=$term; fi
        ;;
    esac
  done
  if [ "$content" = set ]; then
    echo go
  elif [ "$content" = foreign ]; then
    echo "refuse my volume has data that no member of a set wrote: load it by mongorestore into an empty release, or empty the volume"
  elif [ -n "$primary" ]; then
    echo "yield $primary"
  elif [ -n "$others" ]; then
    echo "wait my volume is empty, and the set of these members has no primary:$others"
  elif [ "$formed" = unknown ]; then
    echo "wait the role sidecar has not yet read whether a set existed"
  elif [ "$formed" = true ]; then
    echo "wait my volume is empty, a set existed, and no member of it answers: bring them back, or set data.formed to \"false\" in the ConfigMap -state to start from nothing"
  else
    echo go
  fi
}

# may_initiate ME REPLICAS CONTENT: may this server, which runs and is in no set, initiate one?
#   CONTENT  of my volume: empty or fresh, or set
# Standard input as for begin(). A server that answers and is in no set began with an empty volume, or was removed from a set: the state's ConfigMap tells.
# Prints "initiate" or "wait REASON".
may_initiate() {
  local me=$1 replicas=$2 content=$3 ordinal state silent='' sets='' blank=0
  while read -r ordinal state _; do
    [ -n "$ordinal" ] || continue
    case $state in
      blank) blank=$((blank + 1)) ;;
      unreachable) silent+=" $ordinal" ;;
      *) sets+=" $ordinal" ;;
    esac
  done
  if [ "$content" = set ]; then
    echo "wait my set has removed me: its primary takes me back where the StatefulSet has me"
  elif [ -n "$sets" ]; then
    echo "wait the primary of the set adds me, one member at a time:$sets"
  elif [ -n "$silent" ]; then
    echo "wait no set was seen, and it can't be ruled out while these members do not answer:$silent"
  elif [ "$blank" -ne $((replicas - 1)) ]; then
    echo "wait $blank of $((replicas - 1)) other members answered"
  elif [ "$me" != 0 ]; then
    echo "wait member 0 initiates the set"
  else
    echo initiate
  fi
}

# target SIZE KEEP LEFT: members that there shall be: those of the StatefulSet, or KEEP, which a hook wrote down for LEFT more seconds before it is made smaller.
target() {
  if [ "$3" -gt 0 ] && [ "$2" -lt "$1" ]; then echo "$2"; else echo "$1"; fi
}

# next_change ME TARGET: what does a primary change next in its set? One member at a time, because each change needs a majority before and after it.
# Standard input, a line for each member, in the order of their ordinals: "ORDINAL STATE VOTES": STATE as the primary sees it (PRIMARY, SECONDARY, …); then the
# same for servers that answer and are in no set, with VOTES -.
# Prints "add ORDINAL" (without a vote), "vote ORDINAL", "remove ORDINAL", "hand-over", "none" or "wait REASON".
next_change() {
  local me=$1 target=$2 ordinal state votes voters=0 well=0 leaving='' leaving_votes=0 leaving_well=0 vote='' joining='' add='' successor=''
  while read -r ordinal state votes; do
    [ -n "$ordinal" ] || continue
    local serves=0
    case $state in PRIMARY | SECONDARY) serves=1 ;; esac
    if [ "$votes" = 1 ]; then voters=$((voters + 1)) well=$((well + serves)); fi
    if [ "$votes" = - ]; then
      if [ "$ordinal" -lt "$target" ]; then add=${add:-$ordinal}; fi
    elif [ "$ordinal" -ge "$target" ]; then
      if [ "$ordinal" != "$me" ]; then leaving=$ordinal leaving_votes=$votes leaving_well=$serves; fi
    elif [ "$votes" = 0 ]; then
      if [ "$serves" = 1 ]; then vote=${vote:-$ordinal}; else joining=${joining:-$ordinal}; fi
    elif [ "$ordinal" != "$me" ] && [ "$serves" = 1 ]; then
      successor=$ordinal
    fi
  done
  if [ -n "$leaving" ]; then
    if [ "$leaving_votes" = 1 ] && [ $(((well - leaving_well) * 2)) -le $((voters - 1)) ]; then
      echo "wait without member $leaving no majority of the others would be left: only $((well - leaving_well)) of $((voters - 1)) serve"
    else
      echo "remove $leaving"
    fi
  elif [ "$me" -ge "$target" ]; then
    if [ -n "$successor" ]; then echo hand-over; else echo "wait I am to go, and nobody can take over"; fi
  elif [ -n "$vote" ]; then
    if [ $(((well + 1) * 2)) -gt $((voters + 1)) ]; then echo "vote $vote"; else echo "wait with a vote for member $vote no majority would be left: only $((well + 1)) of $((voters + 1)) serve"; fi
  elif [ -n "$joining" ]; then
    echo "wait member $joining has no vote until it has copied everything"
  elif [ -n "$add" ]; then
    echo "add $add"
  else
    echo none
  fi
}

# may_shrink KEEP: may the set become its first KEEP members? Standard input as for next_change(). Prints ok, or what to do first.
may_shrink() {
  local keep=$1 ordinal state votes serving=0
  while read -r ordinal state votes; do
    case $state.$votes in
      PRIMARY.1 | SECONDARY.1) if [ "$ordinal" -lt "$keep" ]; then serving=$((serving + 1)); fi ;;
    esac
  done
  if [ "$serving" -lt "$keep" ]; then
    echo "only $serving of the $keep members that would stay serve and have a vote: repair them first, then shrink"
  else
    echo ok
  fi
}

# members_left KEEP: reads the same; prints the ordinals of the set's members that are still to go, blanks between.
members_left() {
  local ordinal state votes left=''
  while read -r ordinal state votes; do
    if [ -n "$ordinal" ] && [ "$votes" != - ] && [ "$ordinal" -ge "$1" ]; then left+="${left:+ }$ordinal"; fi
  done
  echo "$left"
}
