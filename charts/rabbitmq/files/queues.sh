#!/bin/bash
# What an upgrade does to queues and members, as functions of what the nodes say (unit-tested in test/render).

# states_in: reads a term that a node printed, pairs of names and whether each runs; prints "NODE true|false" lines.
states_in() {
  { grep -o '{"[^"]*",[a-z]*}' || true; } | sed 's/^{"//; s/",/ /; s/}$//'
}

# gone REPLICAS: reads states; prints the members that a release of this size has not.
gone() {
  awk -v replicas="$1" -v base="$BASE" '
    {
      name = $1
      sub(/^rabbit@/, "", name)
      sub(/\..*/, "", name)
      if (substr(name, 1, length(base) + 1) == base "-" && substr(name, length(base) + 2) + 0 >= replicas + 0) print $1, $2
    }'
}

# missing REPLICAS: reads states; prints the first ordinal that does not run.
missing() {
  local states ordinal
  states=$(cat)
  for ((ordinal = 0; ordinal < $1; ordinal++)); do
    grep -qxF "$(node_of "$ordinal") true" <<<"$states" || {
      echo "$ordinal"
      return 0
    }
  done
}

# left_on NODES: reads queues as list_queues prints them (name, type, durable, exclusive, members, pid, tabs between); prints those that have something on
# one of NODES that would be lost with it: all of a classic queue, a copy of another. "TYPE NAME" lines; what ends with its client is not counted.
left_on() {
  awk -F '\t' -v nodes="$1" '
    BEGIN { n = split(nodes, node, " ") }
    $3 != "true" || $4 == "true" { next }
    {
      for (i = 1; i <= n; i++) {
        places = $5 " " $6
        if (index(places, "<" node[i] ".") || index("[" $5, "[" node[i] ",") || index($5, " " node[i] ",") || index($5, "[" node[i] "]") || index($5, " " node[i] "]")) {
          print $2, $1
          next
        }
      }
    }'
}
