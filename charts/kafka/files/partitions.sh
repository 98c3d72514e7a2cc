#!/bin/bash
# Where partitions belong, and which topics are to be made or changed (unit-tested in test/render). Sourced after lib.sh.

# plan BROKERS RACKS: who should have which partition in a cluster of BROKERS (ids, blanks between), which run on RACKS (ID=RACK, blanks between). Standard
# input: placements. Prints "TOPIC PARTITION REPLICAS" for each that is to change, or "error REASON".
#   A broker that is not among BROKERS loses all it has. One that has nothing at all (it is new) gets its part, with as few moves as can be; otherwise
#   nothing is moved, because an upgrade is no reason to undo what somebody arranged.
plan() {
  awk -v brokers="$1" -v racks="$2" '
    # Copies of a partition on the rack of broker b, without its i-th.
    function together(p, i, b,   j, n) {
      for (j = 1; j <= copies[p]; j++) if (j != i && rack[replica[p, j]] == rack[b]) n++
      return n + 0
    }
    function holds(p, b,   j) {
      for (j = 1; j <= copies[p]; j++) if (replica[p, j] == b) return 1
      return 0
    }
    function give(p, i, b) {
      if (replica[p, i] in load) load[replica[p, i]]--
      replica[p, i] = b
      load[b]++
    }
    function best(p, i,   k, b, score, chosen, lowest) {
      chosen = ""
      for (k = 1; k <= all; k++) {
        b = id[k]
        if (holds(p, b)) continue
        score = together(p, i, b) * 1000000 + load[b]
        if (chosen == "" || score < lowest) { chosen = b; lowest = score }
      }
      return chosen
    }
    # One copy from a broker with more to one with at least two less; false when there is none to move.
    function even_out(   k, m, p, i, from, to) {
      for (k = 1; k <= all; k++)
        for (m = 1; m <= all; m++) {
          from = id[k]
          to = id[m]
          if (load[from] != most() || load[from] - load[to] < 2) continue
          for (p = 1; p <= NR; p++)
            for (i = 1; i <= copies[p]; i++)
              if (replica[p, i] == from && !holds(p, to) && together(p, i, to) <= together(p, i, from)) { give(p, i, to); return 1 }
        }
      return 0
    }
    function most(   k, n) {
      for (k = 1; k <= all; k++) if (load[id[k]] > n) n = load[id[k]]
      return n + 0
    }
    # The first copy leads: another order moves nothing.
    function even_leaders(   p, j, first, led) {
      for (p = 1; p <= NR; p++) led[replica[p, 1]]++
      for (p = 1; p <= NR; p++)
        for (j = 2; j <= copies[p]; j++) {
          first = replica[p, 1]
          if (led[first] - led[replica[p, j]] < 2) continue
          led[first]--
          led[replica[p, j]]++
          replica[p, 1] = replica[p, j]
          replica[p, j] = first
        }
    }
    function text(p,   j, list) {
      for (j = 1; j <= copies[p]; j++) list = list (j > 1 ? "," : "") replica[p, j]
      return list
    }
    BEGIN {
      all = split(brokers, id, " ")
      for (k = 1; k <= all; k++) load[id[k]] = 0
      n = split(racks, pair, " ")
      for (k = 1; k <= n; k++) { at = index(pair[k], "="); rack[substr(pair[k], 1, at - 1)] = substr(pair[k], at + 1) }
    }
    {
      name[NR] = $1
      number[NR] = $2
      before[NR] = $3
      copies[NR] = split($3, list, ",")
      total += copies[NR]
      for (i = 1; i <= copies[NR]; i++) { replica[NR, i] = list[i]; if (list[i] in load) load[list[i]]++ }
    }
    END {
      for (p = 1; p <= NR; p++)
        if (copies[p] > all) { print "error topic " name[p] " has " copies[p] " copies, and there would be " all " servers: reduce its copies first, or keep replicas at " copies[p]; exit }
      for (k = 1; k <= all; k++) if (load[id[k]] == 0 && total >= all) grown = 1
      for (p = 1; p <= NR; p++)
        for (i = 1; i <= copies[p]; i++)
          if (!(replica[p, i] in load)) { moved = 1; give(p, i, best(p, i)) }
      if (grown) {
        while (even_out()) moves++
        even_leaders()
      }
      for (p = 1; p <= NR; p++) if (text(p) != before[p]) print name[p], number[p], text(p)
    }'
}

# reassignment: reads "TOPIC PARTITION REPLICAS" lines; prints them as kafka-reassign-partitions.sh wants them.
reassignment() {
  awk '
    { list = list (NR > 1 ? "," : "") "{\"topic\":\"" $1 "\",\"partition\":" $2 ",\"replicas\":[" $3 "]}" }
    END { print "{\"version\":1,\"partitions\":[" list "]}" }'
}

# brokers_of: reads what kafka-cluster.sh list-endpoints prints, or kafka-broker-api-versions.sh; prints "ID RACK STATE" for each server that the cluster
# remembers, STATE being fenced for one that is away.
brokers_of() {
  awk '
    $1 ~ /^[0-9]+$/ && $6 == "broker" { print $1, $4, $5 }
    $2 == "(id:" && $4 == "rack:" { print $3, $5, "unfenced" }' | sort -n
}

# left_on REPLICAS: reads placements; prints how many partitions have a copy on a server beyond the first REPLICAS.
left_on() {
  awk -v replicas="$1" '
    {
      n = split($3, copy, ",")
      for (i = 1; i <= n; i++) if (copy[i] + 0 >= replicas + 0) { left++; break }
    }
    END { print left + 0 }'
}

# topic_changes: reads what is wanted, and then what kafka-topics.sh --describe prints. What is wanted is lines
#   topic NAME PARTITIONS COPIES   -1 for what the server decides
#   config NAME KEY VALUE          of the topic before
# Prints what is to be done, in order:
#   create NAME PARTITIONS COPIES | grow NAME PARTITIONS | config NAME KEY VALUE | refuse REASON
topic_changes() {
  awk '
    /^(topic|config) / { wanted[++last] = $0; next }
    {
      split("", value)
      n = split($0, field, "\t")
      for (i = 1; i <= n; i++) { at = index(field[i], ": "); value[substr(field[i], 1, at - 1)] = substr(field[i], at + 2) }
      if (!("PartitionCount" in value)) next
      partitions[value["Topic"]] = value["PartitionCount"]
      copies[value["Topic"]] = value["ReplicationFactor"]
      config[value["Topic"]] = "," value["Configs"] ","
    }
    END {
      for (line = 1; line <= last; line++) {
        split(wanted[line], word, " ")
        name = word[2]
        there = name in partitions
        if (word[1] == "config") {
          rest = wanted[line]
          sub(/^config [^ ]+ [^ ]+ /, "", rest)
          if (!there || index(config[name], "," word[3] "=" rest ",") == 0) print "config", name, word[3], rest
        } else if (!there) {
          print "create", name, word[3], word[4]
        } else {
          if (word[3] != -1 && word[3] + 0 < partitions[name] + 0) print "refuse topic " name " has " partitions[name] " partitions, which can only become more, not " word[3] ": write " partitions[name]
          if (word[3] != -1 && word[3] + 0 > partitions[name] + 0) print "grow", name, word[3]
          if (word[4] != -1 && word[4] != copies[name]) print "refuse topic " name " has " copies[name] " copies, not " word[4] ": change that with kafka-reassign-partitions.sh, or write " copies[name]
        }
      }
    }'
}
