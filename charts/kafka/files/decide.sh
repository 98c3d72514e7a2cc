#!/bin/bash
# shellcheck shell=bash
# What is decided, and nothing else: no command to a server, no file. Unit-tested by tables in test/systems/kafka.

# uuid_of HEX: 16 bytes as Kafka writes an id. Never with a dash at its beginning, which its commands would take for an option.
uuid_of() {
  local hex=${1//-/} bytes='' at id
  for ((at = 0; at < 32; at += 2)); do bytes+="\\x${hex:at:2}"; done
  id=$(printf '%b' "$bytes" | base64 | tr '+/' '-_')
  id=${id%%=*}
  echo "${id/#-/A}"
}

# begin CONTENT FORMED CONTROLLER SERVING: how does this member's server begin?
#   CONTENT     empty | own (this cluster's data) | unnamed (data that lacks its cluster's id) | CLUSTER-ID of another cluster
#   FORMED      true when the cluster existed once; anything else when not
#   CONTROLLER  yes for one that is to have a vote, zookeeper where that has all
#   SERVING     yes when another member takes clients
# Prints
#   go      with what the volume has, or what ZooKeeper tells
#   found   as a first controller: with a vote, though its volume is empty
#   join    empty; a controller gets a vote when it has everything
#   refuse REASON
begin() {
  case $1.$2.$3.$4 in
    own.* | empty.*.zookeeper.*) echo go ;;
    unnamed.*) echo "refuse the volume has partitions, and meta.properties is missing: restore it from a backup, or empty the volume" ;;
    empty.true.* | empty.*.no.* | empty.*.yes) echo join ;;
    empty.*) echo found ;;
    *) echo "refuse the volume belongs to Kafka cluster ${1}, not to $(uuid_of "$CLUSTER"): give this release its own volume, or put that id's data back" ;;
  esac
}

# placements: reads what kafka-topics.sh --describe prints; prints "TOPIC PARTITION REPLICAS ISR MOVING" for each partition, REPLICAS and ISR with commas,
# MOVING yes or no.
placements() {
  awk -F '\t' '
    {
      topic = partition = replicas = isr = ""
      moving = "no"
      for (i = 1; i <= NF; i++) {
        at = index($i, ": ")
        key = substr($i, 1, at - 1)
        value = substr($i, at + 2)
        if (key == "Topic") topic = value
        if (key == "Partition") partition = value
        if (key == "Replicas") replicas = value
        if (key == "Isr") isr = value
        if ((key == "Adding Replicas" || key == "Removing Replicas") && value != "") moving = "yes"
      }
      if (partition != "") print topic, partition, replicas, (isr == "" ? "-" : isr), moving
    }'
}

# may_stop ME: reads the placements of partitions at the least number of copies that take writes; prints yes, or "no REASON" when one of them would take
# no more writes without this member, and its other copies are only away for now.
may_stop() {
  awk -v me="$1" '
    {
      copies = split($3, copy, ",")
      in_sync = split($4, member, ",")
      for (i = 1; i <= in_sync; i++) if (member[i] == me && copies > in_sync) { waiting++; if (first == "") first = $1 "-" $2 }
    }
    END { print waiting ? "no " waiting " partitions wait for a copy, first " first : "yes" }'
}
