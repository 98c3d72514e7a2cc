#!/bin/bash
# shellcheck shell=bash
# What is decided, and nothing else: no command to a server, no file. Unit-tested by tables in test/systems/rocketmq.

# brokers_of: reads what a name server says of the cluster; prints "GROUP ID HOST" for each broker that it knows. Masters have the id 0.
brokers_of() {
  grep -o '"brokerAddrs":{[^}]*},"brokerName":"[^"]*"' | sed 's/.*{\(.*\)},"brokerName":"broker-\([0-9]*\)"/\2,\1/' |
    awk -F , '{ for (i = 2; i <= NF; i++) { split($i, part, ":"); gsub(/"/, "", part[2]); print $1, part[1], part[2] } }'
}

# successor GROUP HOST: reads what brokers_of prints; prints the id of the broker that leads the group after HOST, if that is its master now.
successor() {
  awk -v group="$1" -v host="$2" '
    $1 != group { next }
    $2 == 0 { leads = $3 == host }
    $2 != 0 && (id == "" || $2 + 0 < id) { id = $2 }
    END { if (leads && id != "") print id }'
}

# begin CONTENT FORMED: how does this broker begin?
#   CONTENT  empty | half (restored in part) | own | unnamed (messages that no broker of the chart left as they are) | SIZE of files, when it is not what was
#            asked for
#   FORMED   true when its group existed once; anything else when not
# Prints go (with what the volume has), found (anew), join (the controllers give it another id, and its master everything), restore (by our own means, see
# restore.sh) or "refuse REASON".
begin() {
  case $1.$2 in
    own.*) echo go ;;
    half.* | empty.true) if [ "$ARCHITECTURE" = masterSlave ]; then echo restore; else echo join; fi ;;
    empty.*) echo found ;;
    unnamed.*) echo "refuse the volume has messages, and lacks the mark that its broker left there: restore it from a backup, or empty the volume" ;;
    *) echo "refuse the files of the volume have $1 bytes, not $FILE_SIZE: set commitLogFileSize back" ;;
  esac
}

# formed_group GROUP GROUPS: whether the group is one of those that the hook found complete once.
formed_group() {
  if [ "$1" -lt "${2:-0}" ]; then echo true; else echo false; fi
}

# behind: prints what each copy lacks, in bytes, of the answer on standard input.
behind() {
  grep -o '"diff":-*[0-9]*' | sed 's/.*://'
}

# copies_from: reads a table of connections (/proc/net/tcp, /proc/net/tcp6); prints the addresses from which this broker has its copies: the other ends of
# those to a port 10912 that are established.
copies_from() {
  local peer state hex at text
  while read -r _ _ peer state _; do
    if [ "${peer#*:} $state" != '2AA0 01' ]; then continue; fi
    hex=${peer%:*}
    # IPv4, as a JVM's sockets for both have it.
    hex=${hex#0000000000000000FFFF0000}
    text=''
    # Words of four bytes, the last one first.
    for ((at = 0; at < ${#hex}; at += 8)); do
      if [ "${#hex}" = 8 ]; then
        printf -v text '%d.%d.%d.%d' "0x${hex:6:2}" "0x${hex:4:2}" "0x${hex:2:2}" "0x${hex:0:2}"
      else
        text+=:${hex:at+6:2}${hex:at+4:2}:${hex:at+2:2}${hex:at:2}
      fi
    done
    echo "${text#:}"
  done
}

# strayed MASTER COPIES: whether there are copies, and none from a master; both are addresses. Who does not know where the master is knows nothing.
strayed() {
  local address
  if [ -z "$1" ] || [ -z "$2" ]; then return 1; fi
  for address in $2; do
    case " $1 " in *" $address "*) return 1 ;; esac
  done
}

# topic_changes: reads what is wanted, lines "NAME QUEUES", a line "--", and what a broker has, as topics_of prints it. Prints what is to be done there:
#   make NAME READ-QUEUES WRITE-QUEUES PERMISSION | refuse REASON
topic_changes() {
  awk '
    $1 == "--" { given = 1; next }
    !given { wanted[++last] = $1; queues[$1] = $2; next }
    { read_[$1] = $2; write[$1] = $3; permission[$1] = $4 }
    END {
      for (i = 1; i <= last; i++) {
        name = wanted[i]
        if (!(name in write)) print "make", name, queues[name], queues[name], 6
        else if (queues[name] + 0 < read_[name] + 0) print "refuse topic " name " has " read_[name] " queues, and what is in those that go would be lost, so not " queues[name] ": write " read_[name]
        else if (queues[name] + 0 > write[name] + 0) print "make", name, queues[name], queues[name], permission[name]
      }
    }'
}

# unconsumed: reads lines "queue TOPIC QUEUE MIN MAX" and "consumed TOPIC CONSUMER-GROUP QUEUE OFFSET" of one broker; prints "MESSAGES TOPIC CONSUMER-GROUP"
# for each that has messages before it, "-" being the group of a topic which nobody ever consumed. Nothing when all was consumed.
unconsumed() {
  awk '
    $1 == "queue" { least[$2, $3] = $4; most[$2, $3] = $5; topics[$2]; queues[$2] = queues[$2] " " $3 }
    $1 == "consumed" { offset[$2, $3, $4] = $5; groups[$2] = index(groups[$2] " ", " " $3 " ") ? groups[$2] : groups[$2] " " $3 }
    END {
      for (topic in topics) {
        known = split(topic in groups ? groups[topic] : " -", group, " ")
        count = split(queues[topic], queue, " ")
        for (g = 1; g <= known; g++) {
          left = 0
          for (q = 1; q <= count; q++) {
            from = least[topic, queue[q]]
            if ((topic, group[g], queue[q]) in offset && offset[topic, group[g], queue[q]] + 0 > from + 0) from = offset[topic, group[g], queue[q]]
            if (most[topic, queue[q]] + 0 > from + 0) left += most[topic, queue[q]] - from
          }
          if (left) print left, topic, group[g]
        }
      }
    }' | sort
}
