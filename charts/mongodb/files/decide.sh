#!/bin/bash
# shellcheck shell=bash
# What is decided, and nothing else: no command to a server, no file. Unit-tested by tables, and against a model of a set, in test/systems/mongodb.

# role_of STATE: the role that a member may claim, from its own answer to hello (primary, secondary, hidden, other, blank, removed).
role_of() {
  case $1 in
    primary) echo primary ;;
    secondary) echo replica ;;
    hidden) echo hidden ;;
    *) echo none ;;
  esac
}

# shape_of ORDINAL SHAPES: what a member shall be, into `shape`: shown to clients; hidden from them; or delayed:SECONDS, which is hidden, too, and has no
# vote, because a majority that counts it would wait for its delay. SHAPES are words ORDINAL=SHAPE, of those that are not shown.
shape_of() {
  local words=" $2 "
  shape=shown
  case $words in
    *" $1="*)
      shape=${words#*" $1="}
      shape=${shape%% *}
      ;;
  esac
}

# begin FORMED CONTENT: how does a member start?
#   FORMED   true when a set existed once, unknown when that could not be read
#   CONTENT  empty; fresh, made by an earlier start of this server and in no set yet; set, a member's; foreign, of somebody else
# Standard input, a line for each other member, as it answers to hello:
#   ORDINAL unreachable
#   ORDINAL blank         a server that is in no set
#   ORDINAL STATE TERM    in a set: STATE is primary, secondary, hidden (a secondary, too) or other
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
      primary | secondary | hidden | other)
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

# next_change ME TARGET SHAPES: what does a primary change next in its set? One member at a time, because each change needs a majority before and after it.
# Standard input, a line for each member, in the order of their ordinals: "ORDINAL STATE VOTES SHAPE": STATE as the primary sees it (PRIMARY, SECONDARY, …, and BEHIND:
# a secondary without a vote that lacks what others have); then the same for servers that answer and are in no set, with - for VOTES and SHAPE.
# Prints "add ORDINAL SHAPE" (without a vote), "vote ORDINAL", "make ORDINAL SHAPE" (one that becomes delayed loses its vote), "remove ORDINAL", "hand-over", "none" or "wait REASON".
# What takes nothing away comes first, and of those with a vote more than half serve and can be elected after somebody was hidden: no majority shall lack somebody to elect.
next_change() {
  local me=$1 target=$2 shapes=$3 ordinal state votes is shape serves elects voters=0 well=0 able=0 successor='' add='' vote='' joining='' free=''
  local leaving='' leaving_votes=0 leaving_well=0 hide='' hide_able=0 delay='' delay_able=0
  while read -r ordinal state votes is; do
    [ -n "$ordinal" ] || continue
    serves=0 elects=0
    case $state in PRIMARY | SECONDARY) serves=1 ;; esac
    if [ "$votes" = 1 ]; then
      voters=$((voters + 1)) well=$((well + serves))
      if [ "$is" = shown ]; then elects=$serves able=$((able + serves)); fi
    fi
    if [ "$ordinal" != "$me" ] && [ "$elects" = 1 ] && [ "$ordinal" -lt "$target" ]; then successor=$ordinal; fi
    shape_of "$ordinal" "$shapes"
    if [ "$votes" = - ]; then
      if [ "$ordinal" -lt "$target" ]; then add=${add:-$ordinal $shape}; fi
    elif [ "$ordinal" -ge "$target" ]; then
      if [ "$ordinal" != "$me" ]; then leaving=$ordinal leaving_votes=$votes leaving_well=$serves; fi
    elif [ "$ordinal" != "$me" ]; then
      case $votes.$is.$shape in
        0.delayed:*."$is") ;;
        0.*.delayed:*) free=${free:-$ordinal $shape} ;;
        # It stays hidden until it has caught up.
        0.shown.hidden | 0.delayed:*) free=${free:-$ordinal hidden} ;;
        0.*)
          if [ "$serves" = 0 ]; then
            joining=${joining:-$ordinal}
          elif [ "$is" = "$shape" ]; then
            vote=${vote:-$ordinal}
          else
            free=${free:-$ordinal $shape}
          fi
          ;;
        1.*.delayed:*) if [ -z "$delay" ]; then delay="$ordinal $shape" delay_able=$elects; fi ;;
        1."$shape".*) ;;
        1.*.shown) free=${free:-$ordinal shown} ;;
        *) if [ -z "$hide" ]; then hide="$ordinal hidden" hide_able=$elects; fi ;;
      esac
    fi
  done
  shape_of "$me" "$shapes"
  if [ -n "$leaving" ]; then
    if [ "$leaving_votes" = 1 ] && [ $(((well - leaving_well) * 2)) -le $((voters - 1)) ]; then
      echo "wait without member $leaving no majority of the others would be left: only $((well - leaving_well)) of $((voters - 1)) serve"
    else
      echo "remove $leaving"
    fi
  elif [ "$me" -ge "$target" ]; then
    if [ -n "$successor" ]; then echo hand-over; else echo "wait I am to go, and nobody can take over"; fi
  elif [ -n "$free" ]; then
    echo "make $free"
  elif [ -n "$vote" ]; then
    if [ $(((well + 1) * 2)) -gt $((voters + 1)) ]; then echo "vote $vote"; else echo "wait with a vote for member $vote no majority would be left: only $((well + 1)) of $((voters + 1)) serve"; fi
  elif [ -n "$hide" ] && [ $(((able - hide_able) * 2)) -gt "$voters" ]; then
    echo "make $hide"
  elif [ -n "$joining" ]; then
    echo "wait member $joining has no vote until it has copied everything"
  elif [ -n "$add" ]; then
    echo "add $add"
  elif [ -n "$hide" ]; then
    echo "wait member ${hide% *} is to be hidden, and of the $voters with a vote only $((able - hide_able)) others serve and can be elected"
  elif [ -n "$delay" ] && [ $(((able - delay_able) * 2)) -gt $((voters - 1)) ]; then
    echo "make $delay"
  elif [ -n "$delay" ]; then
    echo "wait member ${delay% *} is to be delayed, and of the $((voters - 1)) left with a vote only $((able - delay_able)) serve and can be elected"
  elif [ "$shape" != shown ]; then
    if [ -n "$successor" ]; then echo hand-over; else echo "wait I am to be hidden, and nobody can take over"; fi
  else
    echo none
  fi
}

# may_shrink KEEP SHAPES: may the set become its first KEEP members? Those of them that shall have a vote have it already, and can be elected where they shall. Standard
# input as for next_change(). Prints ok, or what to do first.
may_shrink() {
  local keep=$1 shapes=$2 ordinal state votes is shape wanted=0 ready=0
  for ((ordinal = 0; ordinal < keep; ordinal++)); do
    shape_of "$ordinal" "$shapes"
    case $shape in delayed:*) ;; *) wanted=$((wanted + 1)) ;; esac
  done
  while read -r ordinal state votes is; do
    if [ -z "$ordinal" ] || [ "$ordinal" -ge "$keep" ]; then continue; fi
    shape_of "$ordinal" "$shapes"
    case $state.$votes.$is.$shape in
      PRIMARY.1.shown.shown | SECONDARY.1.shown.shown | PRIMARY.1.*.hidden | SECONDARY.1.*.hidden) ready=$((ready + 1)) ;;
    esac
  done
  if [ "$ready" -lt "$wanted" ]; then
    echo "only $ready of the $wanted members that would stay and vote serve, have their vote, and are no more hidden than they shall be: repair them, or change hidden by an upgrade of its own, first, then shrink"
  else
    echo ok
  fi
}

# members_left KEEP: reads the same; prints the ordinals of the set's members that are still to go, blanks between.
members_left() {
  local ordinal votes left=''
  while read -r ordinal _ votes _; do
    if [ -n "$ordinal" ] && [ "$votes" != - ] && [ "$ordinal" -ge "$1" ]; then left+="${left:+ }$ordinal"; fi
  done
  echo "$left"
}
