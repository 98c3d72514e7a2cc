#!/bin/bash
# shellcheck shell=bash
# What is decided, and nothing else: no command to a server, no file. Unit-tested by tables in test/systems/zookeeper.

# What an operator is told by a server that can't begin by itself.
no_vote='my volume is empty, an ensemble existed, and those that have its data lead nobody: bring them back, or set data.formed to "false" in the ConfigMap -state to give the empty servers a vote'

# status_of: reads the answer to srvr; prints "MODE EPOCH" (leader, follower, observer, standalone; the epoch of its last transaction), or
# "none 0" for a server that does not serve.
status_of() {
  local line mode=none zxid=0
  while read -r line; do
    case $line in
      Mode:*) mode=${line#Mode: } ;;
      Zxid:*) zxid=$((${line#Zxid: })) ;;
    esac
  done
  echo "$mode $((zxid >> 32))"
}

# membership: reads the answer to conf; prints "VERSION" and then the servers, a line each, as zoo.cfg has them. Nothing from a server that
# does not serve.
membership() {
  awk '
    { sub(/\r$/, "") }
    /^server\.[0-9]+=/ { servers = servers $0 "\n" }
    /^version=/ { version = substr($0, 9) }
    END { if (servers != "" && version != "") printf "%s\n%s", version, servers }'
}

# newest_membership: reads "VERSION SERVER,SERVER…" lines as peers told it; prints the newest, a server on each line. Versions are hexadecimal.
newest_membership() {
  local version servers newest='' best=-1
  while read -r version servers; do
    [ -n "$servers" ] || continue
    if [ $((16#$version)) -gt "$best" ]; then best=$((16#$version)) newest=$servers; fi
  done
  [ -z "$newest" ] || tr ',' '\n' <<<"$newest"
}

# ordinals_of: reads servers; prints the ordinals of those that vote, ascending.
ordinals_of() {
  sed -n 's/^server\.\([0-9]*\)=.*:participant;.*/\1/p' | awk '{ print $1 - 1 }' | sort -n
}

# empty_handed CONTENT MODE SECONDS FORMED VOTES: what about a running server: it has nothing and nobody leads it, since SECONDS? VOTES is yes where it began with a vote.
#   fine | wait (say so) | restart (an operator gave it a vote, which it takes at its start)
empty_handed() {
  if [ "$1" = data ] || [ "$2" != none ] || [ "$3" -lt 15 ] || [ "$4.$5" = false.yes ]; then
    echo fine
  elif [ "$4" = false ]; then
    echo restart
  else
    echo wait
  fi
}

# holds: reads the names of a volume's files; prints data or empty. An epoch alone is what a leader leaves that was gone before it gave its data.
holds() {
  if grep -q '^\(snapshot\|log\)\.'; then echo data; else echo empty; fi
}

# begin FORMED CONTENT MEMBERSHIP OWN_CONFIG ME: how does a member start?
#   FORMED      true when an ensemble existed once, unknown when that could not be read
#   CONTENT     empty | data, of my volume
#   MEMBERSHIP  member | stranger (peers told it, and I am in it or not) | unknown (nobody told)
#   OWN_CONFIG  yes | no: my volume has a list of members or not | single: it is a single server's
# Prints
#   go          with the list on my volume
#   alone       as the only member, with the single server's data, whom the others join
#   join        with the peers' list, as a server without a vote where I am not in it; nothing of mine counts before the leader's is here
#   found       as one of the first members: with a vote, though my volume is empty
#   restore     with the list that the chart's values give and the data on my volume
#   wait REASON
begin() {
  local formed=$1 content=$2 membership=$3 own=$4
  case $membership.$own.$formed in
    stranger.single.* | member.single.*)
      if [ "$content" = empty ]; then
        echo join
      else
        echo "wait my volume has a single server's data, and there is an ensemble without them: to join it and lose them, delete my claim and my pod"
      fi
      ;;
    stranger.*) echo join ;;
    member.yes.*) echo go ;;
    member.no.*) echo join ;;
    unknown.*.unknown) echo "wait the role sidecar has not yet read whether an ensemble existed" ;;
    unknown.yes.false) [ "$content" = empty ] && echo found || echo go ;;
    unknown.yes.*) echo go ;;
    unknown.single.false) echo "wait my volume has a single server's data, and data.formed in the ConfigMap -state is false, so that others may begin without them: set it to \"true\"" ;;
    unknown.single.true) [ "$content" = data ] && echo alone || echo "wait $no_vote" ;;
    unknown.no.false) [ "$content" = empty ] && echo found || echo restore ;;
    unknown.no.*)
      if [ "$content" = data ]; then
        echo restore
      else
        echo "wait $no_vote"
      fi
      ;;
  esac
}

# role_of MODE: what the labels say. A server that serves is ready, whether it votes yet or not.
role_of() {
  case $1 in
    leader | standalone) echo primary ;;
    follower | observer) echo replica ;;
    *) echo none ;;
  esac
}

# to_add REPLICAS: reads the ordinals that vote; prints the first that should, and does not.
to_add() {
  awk -v replicas="$1" '{ votes[$1] = 1 } END { for (o = 0; o < replicas; o++) if (!(o in votes)) { print o; exit } }'
}

# to_remove REPLICAS: reads the ordinals that vote; prints the last that should not.
to_remove() {
  awk -v replicas="$1" '$1 >= replicas && $1 >= last + 0 { last = $1; found = 1 } END { if (found) print last }'
}
