#!/bin/bash
# shellcheck shell=bash
# What PD's answers say, and what is decided by them, and nothing else: no command to a server, no file. Unit-tested by tables, and against a model of PD, in test/systems/tidb.

# value LINE: of a line `"key": "value",` of PD's JSON, which has one key a line.
value() {
  value=${1#*\": }
  value=${value%,}
  value=${value#\"}
  value=${value%\"}
}

# host URL: the host of http://host:port, or of host:port, into `host`.
host() {
  host=${1#*//}
  host=${host%%:*}
}

# members_in: from PD's answer to GET members prints "leader NAME", with - for none, and a line "NAME ID HOST" for each member: NAME is - for one that was added and has not started.
# Fails where that is no such answer.
members_in() {
  local line section='' name='' id='' peer='' leader=- list='' value host
  while IFS= read -r line; do
    case $line in
      '  "members": ['*) section=members ;;
      '  "leader": {'*) section=leader ;;
      '  "etcd_leader": {'*) section=etcd ;;
      *'"name": '*)
        value "$line"
        case $section in members) name=$value ;; leader) leader=$value ;; esac
        ;;
      *'"member_id": '*)
        value "$line"
        if [ "$section" = members ]; then id=$value; fi
        ;;
      *'"peer_urls": ['*) peer=next ;;
      *'"http'*'"'*)
        if [ "$section.$peer" = members.next ]; then
          value=${line#*\"}
          host "${value%%\"*}"
          peer=$host
        fi
        ;;
      '    }' | '    },')
        if [ "$section" = members ]; then
          case $peer in '' | next) return 1 ;; esac
          list+="${name:--} $id $peer"$'\n'
          name='' id='' peer=''
        fi
        ;;
    esac
  done
  [ -n "$list" ] || return 1
  printf 'leader %s\n%s' "$leader" "$list"
}

# health_in: from PD's answer to GET health prints "NAME true" or "NAME false" for each member that has a name.
health_in() {
  local line name='' health=false value
  while IFS= read -r line; do
    case $line in
      *'"name": '*)
        value "$line"
        name=$value
        ;;
      *'"health": '*)
        value "$line"
        health=$value
        ;;
      '  }' | '  },')
        [ -z "$name" ] || echo "$name $health"
        name='' health=false
        ;;
    esac
  done
}

# mib SIZE: one of PD's ("1.5TiB", "512MiB", "0B") in whole MiB, into `mib`.
mib() {
  local number=${1%%[A-Za-z]*} unit=${1##*[0-9.]} whole fraction
  whole=${number%%.*} fraction=${number#"$whole"}
  fraction=${fraction#.}000
  fraction=$((10#${fraction:0:3} + ${whole:-0} * 1000))
  case $unit in
    KiB) mib=$((fraction / 1024000)) ;;
    MiB) mib=$((fraction / 1000)) ;;
    GiB) mib=$((fraction * 1024 / 1000)) ;;
    TiB) mib=$((fraction * 1048576 / 1000)) ;;
    PiB) mib=$((fraction * 1073741824 / 1000)) ;;
    *) mib=0 ;;
  esac
}

# stores_in: from PD's answer to GET stores prints for each store "HOST ID STATE REGIONS LEADERS FREE USED": STATE is Up, Disconnected (silent for 20 s), Down (for half an hour), Offline
# (its regions are taken elsewhere), Destroyed (the same, and its data are lost) or Tombstone; FREE in MiB is what PD fills, which leaves a fifth of a volume alone; USED in MiB.
# Fails where that is no such answer.
stores_in() {
  local line id='' address='' state='' destroyed=false regions=0 leaders=0 free=0 capacity=0 used=0 count='' found=0 list='' value host mib
  while IFS= read -r line; do
    case $line in
      '  "count": '*)
        value "$line"
        count=$value
        ;;
      '        "id": '*)
        value "$line"
        id=$value
        ;;
      '        "address": '*)
        value "$line"
        host "$value"
        address=$host
        ;;
      '        "state_name": '*)
        value "$line"
        state=$value
        ;;
      '        "physically_destroyed": true'*) destroyed=true ;;
      '        "region_count": '*)
        value "$line"
        regions=$value
        ;;
      '        "leader_count": '*)
        value "$line"
        leaders=$value
        ;;
      '        "available": '*)
        value "$line"
        mib "$value"
        free=$mib
        ;;
      '        "capacity": '*)
        value "$line"
        mib "$value"
        capacity=$mib
        ;;
      '        "used_size": '*)
        value "$line"
        mib "$value"
        used=$mib
        ;;
      '    }' | '    },')
        [ "$state.$destroyed" != Offline.true ] || state=Destroyed
        free=$((free - capacity / 5))
        if [ "$free" -lt 0 ]; then free=0; fi
        list+="$address $id $state $regions $leaders $free $used"$'\n'
        found=$((found + 1))
        id='' address='' state='' destroyed=false regions=0 leaders=0 free=0 capacity=0 used=0
        ;;
    esac
  done
  [ "${count:-x}" = "$found" ] || return 1
  printf '%s' "$list"
}

# pd_begin ME FORMED CONTENT MARK SERVED: how does a PD start?
#   FORMED   true when a cluster existed once, unknown when that could not be read
#   CONTENT  of its volume: empty; joining: it began to join, and may have been added; member: a member's data
#   MARK     yes when this volume was granted to found the cluster, and nobody has started on it since
#   SERVED   yes when this pod was a member of the cluster before
# Standard input, a line for each member that the leader of a cluster tells of, none without one: "ORDINAL STATE"; STATE is healthy, unhealthy or unstarted.
# Prints
#   go, found, join, resume   start with what is there; a new cluster; as a new member; as one that was interrupted
#   renew          put the data aside, and look again
#   ask, record    ask for the right to found a cluster; have it written down that there is one
#   forget         have the others remove the member that had my name
#   wait REASON
pd_begin() {
  local me=$1 formed=$2 content=$3 mark=$4 served=$5 ordinal state count=0 healthy=0 healthy_others=0 mine='' unstarted='' members=' '
  while read -r ordinal state; do
    [ -n "$ordinal" ] || continue
    count=$((count + 1))
    members+="$ordinal "
    if [ "$state" = healthy ]; then healthy=$((healthy + 1)); fi
    if [ "$ordinal" = "$me" ]; then
      mine=$state
    elif [ "$state" = healthy ]; then
      healthy_others=$((healthy_others + 1))
    elif [ "$state" = unstarted ]; then
      unstarted=$ordinal
    fi
  done
  if [ "$content" = member ]; then
    if [ "$count" = 0 ] || [ -n "$mine" ]; then
      echo go
    elif [ "$served" = yes ]; then
      echo "wait the cluster has removed this member, whose pod is to go: it joins anew in a new pod, or in a quarter of an hour"
    else
      echo renew
    fi
  elif [ "$count.$me.$content" = 0.1.joining ]; then
    # The first to join may be what the leader waits for: of two members none leads alone. If it was not added, etcd finds that out from the other, and ends.
    echo resume
  elif [ "$count" = 0 ]; then
    if [ "$formed" = unknown ]; then
      echo "wait the role sidecar has not yet read whether a cluster existed"
    elif [ "$mark.$formed" = yes.true ]; then
      echo found
    elif [ "$mark" = yes ]; then
      echo record
    elif [ "$formed" = true ]; then
      echo "wait my volume is empty, a cluster existed, and no leader of it answers: bring its members back, or set data.formed to \"false\" in the ConfigMap -state to start from nothing"
    elif [ "$me" = 0 ]; then
      echo ask
    else
      echo "wait PD 0 founds the cluster"
    fi
  elif [ "$mine.$content" = unstarted.joining ]; then
    echo resume
  elif [ -n "$mine" ]; then
    if [ $((healthy_others * 2)) -gt $((count - 1)) ]; then
      echo forget
    else
      echo "wait my volume is empty, and without me no majority of the others would be left: only $healthy_others of $((count - 1)) are well"
    fi
  elif [ -n "$unstarted" ]; then
    echo "wait PD $unstarted joins first"
  elif [ "$count" != 1 ] && [ $((healthy * 2)) -le $((count + 1)) ]; then
    echo "wait with one more member that does not start no majority would be left: only $healthy of $count are well"
  elif [ "$count" = 1 ] && [ "$healthy" = 0 ]; then
    echo "wait the only member is not well"
  else
    for ((ordinal = 0; ordinal < me; ordinal++)); do
      if [[ $members != *" $ordinal "* ]]; then
        echo "wait PD $ordinal joins first"
        return 0
      fi
    done
    echo join
  fi
}

# removed NAME HOST: has the cluster removed the member NAME at HOST? Standard input as members_in() prints it; without a leader it is no proof. One that has not started has no name, and is a member.
removed() {
  local leader=- name id peer
  while read -r name id peer; do
    if [ "$name" = leader ]; then
      leader=$id
    elif [ "$name" = "$1" ] || [ "$peer" = "$2" ]; then
      return 1
    fi
  done
  [ "$leader" != - ]
}

# initial_members ME: the cluster that a PD goes on to join, with itself. Standard input as for pd_begin(); where nobody leads it is PD 0's, which has no other. Prints ordinals; fails where one of
# them is none of ours.
initial_members() {
  local ordinal list=''
  while read -r ordinal _; do
    case $ordinal in
      '') ;;
      99) return 1 ;;
      *) list+="${list:+ }$ordinal" ;;
    esac
  done
  echo "${list:-0 $1}"
}

# successor ME: who leads when PD ME goes? Standard input as for pd_begin(). Prints an ordinal, or nothing.
successor() {
  local ordinal state
  while read -r ordinal state; do
    if [ "$state" = healthy ] && [ "$ordinal" != "$1" ]; then
      echo "$ordinal"
      return 0
    fi
  done
}

# pd_shrink KEEP LEADER: what is next, for PDs from KEEP on to leave the cluster? Standard input as for pd_begin().
# Prints "transfer ORDINAL", who shall lead; "remove ORDINAL"; done; or "refuse REASON".
pd_shrink() {
  local keep=$1 leader=$2 ordinal state count=0 healthy=0 staying=0 leaving='' leaving_well=0 next=''
  while read -r ordinal state; do
    [ -n "$ordinal" ] || continue
    local well=0
    if [ "$state" = healthy ]; then well=1; fi
    count=$((count + 1)) healthy=$((healthy + well))
    if [ "$ordinal" -lt "$keep" ]; then
      staying=$((staying + well))
      if [ "$well" = 1 ]; then next=${next:-$ordinal}; fi
    elif [ "$ordinal" != "$leader" ] && [ "$ordinal" -gt "${leaving:--1}" ]; then
      leaving=$ordinal leaving_well=$well
    fi
  done
  if [ -z "$leaving" ] && [ "$leader" -lt "$keep" ]; then
    echo "done"
  elif [ $((staying * 2)) -le "$keep" ]; then
    echo "refuse only $staying of the $keep PDs that would stay are well: repair them first, then shrink"
  elif [ "$leader" -ge "$keep" ]; then
    echo "transfer $next"
  elif [ $(((healthy - leaving_well) * 2)) -le $((count - 1)) ]; then
    echo "refuse without PD $leaving no majority of the others would be left: only $((healthy - leaving_well)) of $((count - 1)) are well"
  else
    echo "remove $leaving"
  fi
}

# tikv_begin ME CONTENT CLUSTER SERVED: how does a TiKV start?
#   CONTENT  of its volume: empty; fresh: begun empty, and not seen in the cluster yet; data
#   CLUSTER  there: PD's leader says which stores there are; none: it says that there is no cluster yet; unknown: nobody says anything
#   SERVED   yes when this pod's store belonged to the cluster before
# Standard input, a line for each store: "ORDINAL ID STATE REGIONS …", see stores_in().
# PD takes no second store at an address, unless the first is buried or was declared destroyed. That is declared of a store whose volume is empty: a StatefulSet gives a name, and so an
# address and a volume, to one pod at a time. What counts is that all others serve: while one does not, what was thought lost may be the last copy that PD could have been told about.
# Prints
#   go, renew     start with what is there; as a new store, after the data were put aside
#   replace ID    declare the store ID destroyed, and look again
#   wait REASON
tikv_begin() {
  local me=$1 content=$2 cluster=$3 served=$4 ordinal id state alive='' buried='' others='' well=0
  while read -r ordinal id state _; do
    [ -n "$ordinal" ] || continue
    if [ "$ordinal" = "$me" ]; then
      case $state in
        Tombstone) buried=$id ;;
        Destroyed) others+=" $id ($state)" ;;
        *) alive=$id ;;
      esac
    elif [ "$state" = Up ]; then
      well=$((well + 1))
    elif [ "$state" != Tombstone ]; then
      others+=" $id ($state)"
    fi
  done
  if [ "$content" != empty ]; then
    if [ "$content" = fresh ] || [ "$cluster" != there ] || [ -n "$alive" ] || [ -z "$buried" ] || [[ $others == *Destroyed* ]]; then
      echo go
    elif [ "$served" = yes ]; then
      echo "wait my store $buried is empty and buried, and its pod is to go: it begins anew in a new pod, or in a quarter of an hour"
    else
      echo renew
    fi
  elif [ "$cluster" = unknown ]; then
    echo "wait my volume is empty, and no PD says whether I had a store"
  elif [ -z "$alive" ]; then
    echo go
  elif [ "$well" = 0 ]; then
    echo "wait my volume is empty, and nobody else has what my store $alive had: restore the volume, or begin anew with all volumes empty"
  elif [ -n "$others" ]; then
    echo "wait my volume is empty, and my store $alive is not declared destroyed while others don't serve:$others"
  else
    echo "replace $alive"
  fi
}

# store_drain KEEP COPIES: what is next, for TiKVs from KEEP on to be empty? Standard input, a line for each store: "ORDINAL ID STATE REGIONS LEADERS FREE USED".
# Prints
#   up ID         take it back: it stays, and was to go in an upgrade that failed
#   offline ID    have its regions taken elsewhere
#   wait ID ORDINAL REGIONS   that is being done
#   done; refuse REASON
store_drain() {
  local keep=$1 copies=$2 ordinal id state regions free used staying=0 missing='' back='' busy='' next='' next_ordinal=-1 needed=0 room=0
  while read -r ordinal id state regions _ free used; do
    [ -n "$ordinal" ] && [ "$state" != Tombstone ] || continue
    if [ "$ordinal" -lt "$keep" ]; then
      case $state in
        Up) staying=$((staying + 1)) room=$((room + free)) ;;
        Offline) back=${back:-$id} ;;
        *) missing+=" $id ($state)" ;;
      esac
    else
      case $state in
        Offline | Destroyed) busy=${busy:-$id $ordinal $regions} ;;
        *) if [ "$ordinal" -gt "$next_ordinal" ]; then next=$id next_ordinal=$ordinal needed=$used; fi ;;
      esac
    fi
  done
  if [ -n "$back" ]; then
    echo "up $back"
  elif [ -z "$busy$next" ]; then
    echo "done"
  elif [ -n "$missing" ]; then
    echo "refuse stores that would stay do not serve:$missing: repair them first, then shrink"
  elif [ "$staying" -lt "$copies" ]; then
    echo "refuse only $staying stores would stay, and there are $copies copies of everything: write $copies at least"
  elif [ -n "$busy" ]; then
    echo "wait $busy"
  elif [ "$needed" -gt "$room" ]; then
    echo "refuse store $next has $needed MiB, and PD would fill the volumes of those that stay with $room MiB more at most: make them larger first, then shrink"
  else
    echo "offline $next"
  fi
}

# stores_left KEEP: reads the same; prints stores that are still to be emptied, blanks between.
stores_left() {
  local ordinal id state left=''
  while read -r ordinal id state _; do
    if [ -n "$ordinal" ] && [ "$state" != Tombstone ] && [ "$ordinal" -ge "$1" ]; then left+="${left:+ }$id"; fi
  done
  echo "$left"
}
