#!/bin/bash
# shellcheck shell=bash
# What is decided, and nothing else: no command to a server, no file. Unit-tested by tables in test/systems/rabbitmq.

# nodes_in: reads a term that a node printed; prints the names of nodes in it, blanks between.
nodes_in() {
  local names
  names=$(grep -o "'rabbit@[^']*'" | tr -d "'") || true
  echo "${names//$'\n'/ }"
}

# membership NODE REPLICAS RUNNING: reads what other nodes that serve say of the members, a line each; is NODE one of them?
#   member | stranger (a majority says no) | unsure (fewer say no) | silent (nobody said anything, and somebody runs) | nobody
membership() {
  awk -v node="$1" -v replicas="$2" -v running="$3" '
    NF == 0 { next }
    { told++; for (i = 1; i <= NF; i++) if ($i == node) member = 1 }
    END {
      if (member) print "member"
      else if (told > replicas / 2) print "stranger"
      else if (told) print "unsure"
      else print (running == "yes" ? "silent" : "nobody")
    }'
}

# begin CONTENT MARK FORMED ORDINAL MEMBERSHIP: how does this node begin?
#   CONTENT     empty | data, of my volume
#   MARK        none | founding | joining: I was not yet known to belong to the cluster when I ended
#   FORMED      true when the cluster existed once; anything else when not
#   MEMBERSHIP  see there
# Prints
#   go      with what the volume has
#   found   a cluster of its own, which the others join
#   join    those that serve
#   forget  let the others forget who had my name, and look again: it could answer for data that are gone
#   renew   put what I have aside, and look again: the others know no such member
#   wait REASON
begin() {
  case $1.$2.$5 in
    data.joining.stranger | data.joining.unsure | data.*.stranger) echo renew ;;
    data.*) echo go ;;
    empty.*.member) echo forget ;;
    empty.*.stranger | empty.*.unsure) echo join ;;
    empty.*)
      case $3.$4.$5 in
        true.*) echo "wait my volume is empty, and a cluster existed: waiting for a majority of its members, which lets me in" ;;
        *.0.nobody) echo found ;;
        *) echo "wait my volume is empty: waiting for a node that serves" ;;
      esac
      ;;
  esac
}
