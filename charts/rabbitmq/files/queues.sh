#!/bin/bash
# What an upgrade does to queues and members, as functions of what the nodes say (unit-tested in test/render).

# states_in: reads a term that a node printed, pairs of names and whether each runs; prints "NODE true|false" lines.
states_in() {
  tr -d ' \n' | { grep -o "{'[^']*',[a-z]*}" || true; } | sed "s/^{'//; s/',/ /; s/}\$//"
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
  awk -v replicas="$1" -v base="$BASE" '
    $2 == "true" { name = $1; sub(/^rabbit@/, "", name); sub(/\..*/, "", name); runs[name] = 1 }
    END { for (o = 0; o < replicas + 0; o++) if (!((base "-" o) in runs)) { print o; exit } }'
}

# left_on NODES: reads queues ("NAME TYPE DURABLE EXCLUSIVE PLACES", tabs between; PLACES with blanks); prints those that have something on one of NODES that
# would be lost with it: all of a classic queue, a copy of another. "TYPE NAME" lines; what ends with its client is not counted.
left_on() {
  awk -F '\t' -v nodes="$1" '
    BEGIN { n = split(nodes, names, " "); for (i = 1; i <= n; i++) goes[names[i]] = 1 }
    $3 == "true" && $4 == "false" {
      n = split($5, place, " ")
      for (i = 1; i <= n; i++) if (place[i] in goes) { print $2, $1; next }
    }'
}
