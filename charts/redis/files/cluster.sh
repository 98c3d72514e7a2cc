#!/bin/bash
# shellcheck disable=SC2153,SC2154  # the environment, and what common.sh and agent.sh set
# Redis Cluster: who belongs to it, and what a member does about it (unit-tested in test/render). Sourced after lib.sh.
#
# Members are told apart by their pods' names, NAME-shard-SHARD-ORDINAL: the nodes' ids and addresses may change.

SLOTS=16384

shard_host() {
  printf '%s-shard-%s-%s.%s' "$FULL" "$1" "$2" "$SUFFIX"
}

# nodes_of: from CLUSTER NODES on standard input, a line for each node: "SHARD ORDINAL ID FLAGS MASTER EPOCH LINK SLOTS IP OPEN"; SHARD and ORDINAL
# are - for a node that has not said its name yet; OPEN is the number of slots that it is giving or getting just now.
nodes_of() {
  awk -v full="$FULL" '
    NF >= 8 && $1 ~ /^[0-9a-f]+$/ {
      shard = ordinal = "-"
      split($2, address, ",")
      ip = address[1]
      sub(/:[0-9]+(@[0-9]+)?$/, "", ip)
      pod = address[2]
      sub(/\..*/, "", pod)
      prefix = full "-shard-"
      if (index(pod, prefix) == 1 && split(substr(pod, length(prefix) + 1), part, "-") == 2) { shard = part[1]; ordinal = part[2] }
      slots = open = 0
      for (i = 9; i <= NF; i++) {
        if ($i ~ /^\[/) open++
        else if (split($i, range, "-") == 2) slots += range[2] - range[1] + 1
        else slots++
      }
      print shard, ordinal, $1, $3, $4, $7, $8, slots, ip == "" ? "-" : ip, open
    }'
}

# cluster_plan SHARD ORDINAL SHARDS MEMBERS: what this member, ORDINAL of SHARD, does about its place in a cluster of SHARDS shards with MEMBERS members
# each. Standard input: nodes_of. Prints a line for each thing to do:
#   forget ID       a node that is gone for good: its pod has another id now, or there is no such pod any more
#   meet SHARD ORDINAL   a pod that should be here and is not known
#   replicate ID    the primary of the own shard
#   found           the own shard has no slots, and this member is the one that may give out a new cluster's
cluster_plan() {
  awk -v my_shard="$1" -v my_ordinal="$2" -v shards="$3" -v members="$4" '
    {
      id[NR] = $3; shard[NR] = $1; ordinal[NR] = $2; flags[NR] = $4; master[NR] = $5; slots[NR] = $8
      gone = $4 ~ /(^|,)fail(,|$)/ || $4 ~ /noaddr/
      lost[NR] = gone
      assigned += $8
      if ($4 ~ /myself/) me = NR
      if ($1 != "-" && !gone) alive[$1 " " $2] = $3
      if ($1 != "-") known[$1 " " $2] = 1
    }
    END {
      for (n = 1; n <= NR; n++) {
        if (n == me || !lost[n] || slots[n] > 0 || shard[n] == "-") continue
        pod = shard[n] " " ordinal[n]
        if ((pod in alive) || shard[n] >= shards || ordinal[n] >= members) print "forget", id[n]
      }
      for (s = 0; s < shards; s++)
        for (m = 0; m < members; m++)
          if (!((s " " m) in known) && !(s == my_shard && m == my_ordinal)) print "meet", s, m
      if (!me) exit
      # The primary of the own shard: who has slots, or else the first of those that were never given any.
      primary = 0
      for (n = 1; n <= NR; n++)
        if (shard[n] == my_shard && flags[n] ~ /master/ && !lost[n] && slots[n] > 0) primary = n
      if (!primary)
        for (n = 1; n <= NR; n++)
          if (shard[n] == my_shard && ordinal[n] == 0 && flags[n] ~ /master/ && !lost[n]) primary = n
      if (primary && primary != me && slots[me] == 0 && master[me] != id[primary] && my_shard < shards) print "replicate", id[primary]
      if (my_shard == 0 && my_ordinal == 0 && primary == me && slots[me] == 0 && assigned < 16384) print "found"
    }'
}

# spread_plan SHARD: an election needs a majority of all primaries, so a node should not hold more of them than it must. Standard input: lines
# "primary SHARD NODE" and "copy SHARD NODE" of all shards, and "replica ORDINAL NODE" of the own shard's in sync. Prints the replica that should lead in
# place of SHARD's primary, or nothing. Where no single hand-over helps, several in a row may: each moves a primary along a path from a node to one that
# holds two fewer, and the last of them comes first, so that no node holds more meanwhile. Only who is the last on one of the shortest such paths goes.
spread_plan() {
  awk -v mine="$1" '
    $1 == "primary" { at[$2] = $3; held[$3]++ }
    $1 == "copy" && $2 != mine { copy[$2 " " $3] }
    $1 == "replica" { place[$2] = $3; copy[mine " " $3] }
    END {
      for (pair in copy) {
        split(pair, part, " ")
        held[part[2]] += 0
        if (part[1] in at) step[at[part[1]] " " part[2]]
      }
      for (node in held) nodes++
      for (start in held) {
        split("", far)
        far[start] = 0
        for (round = 1; round < nodes; round++)
          for (pair in step) {
            split(pair, part, " ")
            if (!(part[2] in far) && (part[1] in far) && far[part[1]] == round - 1) far[part[2]] = round
          }
        for (node in far) if (held[node] <= held[start] - 2 && (shortest == "" || far[node] < shortest)) shortest = far[node]
        if (!(at[mine] in far)) continue
        for (ordinal in place) {
          there = held[place[ordinal]]
          length_ = far[at[mine]] + 1
          if (there > held[start] - 2) continue
          if (best == "" || length_ < least || (length_ == least && (there < fewest || (there == fewest && ordinal + 0 < best + 0)))) { best = ordinal; least = length_; fewest = there }
        }
      }
      if (best != "" && least == shortest) print best
    }'
}

# slots_of SHARD SHARDS: the range "FIRST LAST" that a shard of a new cluster gets.
slots_of() {
  echo "$(($1 * SLOTS / $2)) $((($1 + 1) * SLOTS / $2 - 1))"
}

# may_form SHARDS MEMBERS: may slots be given out? Standard input: nodes_of, each line with " empty", " data" or " unreachable" added, as the member
# itself says. Prints yes or "no REASON".
may_form() {
  awk -v shards="$1" -v members="$2" '
    NF {
      content = $NF
      if ($1 == "-") { strangers++; next }
      if (content == "unreachable" || $4 ~ /(^|,)fail/ || $7 != "connected") unreachable = unreachable " " $1 "-" $2
      else if (content == "data") data = data " " $1 "-" $2
      here[$1 " " $2] = 1
    }
    END {
      for (s = 0; s < shards; s++)
        for (m = 0; m < members; m++)
          if (!((s " " m) in here)) missing = missing " " s "-" m
      if (missing != "") print "no these members are not here yet:" missing
      else if (strangers) print "no some nodes have not said their names yet"
      else if (unreachable != "") print "no these members do not answer:" unreachable
      else if (data != "") print "no slot is assigned, but these members hold data:" data ". Restore their nodes.conf, or empty their volumes"
      else print "yes"
    }'
}

# ready_verdict SHARDS: yes when each shard has a primary that answers, or why not. Standard input: nodes_of.
ready_verdict() {
  awk -v shards="$1" '
    $4 ~ /master/ && $4 !~ /(^|,)fail/ && $7 == "connected" { primaries[$1]++ }
    $4 ~ /master/ && $4 ~ /(^|,)fail/ && $8 > 0 { down = down " " $1 "-" $2 }
    END {
      if (down != "") { print "these primaries do not answer:" down; exit }
      for (s = 0; s < shards; s++) if (!(s in primaries)) missing = missing " " s
      if (missing != "") print "these shards have no primary yet:" missing
      else {
        # A member that has just come is a primary without slots until it knows its shard.
        for (s in primaries) if (primaries[s] > 1) many = many " " s
        if (many != "") print "some members of these shards have not found their primary yet:" many
        else print "yes"
      }
    }'
}

# owners_of: from CLUSTER NODES on standard input, who owns which slots, on one line; the same for members that agree.
owners_of() {
  awk '
    { sub(/\r$/, ""); owned = "" }
    { for (i = 9; i <= NF; i++) if ($i !~ /^\[/) owned = owned "," $i }
    owned != "" { print $1 owned }' | sort | paste -sd' '
}

# balance_verdict SHARDS: even when no shard has 2 % more or less than its part, else uneven. Standard input: nodes_of.
balance_verdict() {
  awk -v shards="$1" '
    $4 ~ /master/ { slots[$1] += $8 }
    END {
      fair = 16384 / shards
      for (s = 0; s < shards; s++) if (slots[s] < fair * 0.98 - 1 || slots[s] > fair * 1.02 + 1) { print "uneven"; exit }
      print "even"
    }'
}

# leaving SHARDS: how many slots shards hold that are to go. Standard input: nodes_of.
leaving() {
  awk -v shards="$1" '$1 != "-" && $1 + 0 >= shards + 0 { slots += $8 } END { print slots + 0 }'
}

# all_succeeded COUNT: yes when standard input, redis-cli's answers to COUNT commands, is nothing but that many OK (NOKEY: there was nothing to
# migrate any more), or "no REASON".
all_succeeded() {
  awk -v count="$1" '
    $0 == "OK" || $0 == "NOKEY" { done++; next }
    $0 != "" && bad == "" { bad = $0 }
    END {
      if (bad != "") print "no", bad
      else if (done != count) print "no " done + 0 " of " count " commands were answered"
      else print "yes"
    }'
}

# migrations HEAD: commands that move keys, HEAD with the keys of one slot each: keys of several can't go together. Standard input: lists of keys, as redis-cli
# quotes them, which keeps any byte.
migrations() {
  HEAD=$1 awk '
    sub(/^ *[0-9]+\) +1\) "/, "\"") { if (lists++) printf "\n"; printf "%s %s", ENVIRON["HEAD"], $0; next }
    sub(/^ *[0-9]+\) "/, "\"") { printf " %s", $0 }
    END { if (lists) printf "\n" }'
}

# pace_of: "SLOTS KEYS": how many slots are moved at once, and how many keys of each with one command. Both servers do nothing else while keys move: about a MiB then.
# 512 slots at once were seen to stop all shards for 4 s, most likely because every node writes its list of nodes to disk for each slot that changes hands.
# Commands on several keys may be refused (TRYAGAIN) until their slots are over: fewer slots where they are full. Standard input: the source's INFO memory, DBSIZE and
# CLUSTER NODES.
pace_of() {
  tr -d '\r' | awk '
    sub(/^used_memory_dataset:/, "") { bytes = $1 }
    NF == 1 && $1 ~ /^[0-9]+$/ { keys = $1 }
    $3 ~ /myself/ { for (i = 9; i <= NF; i++) if ($i !~ /^\[/) { n = split($i, range, "-"); slots += range[n] - range[1] + 1 } }
    function within(least, wanted, most) { return wanted < least ? least : wanted > most ? most : wanted }
    END {
      if (bytes == 0 || keys == 0 || slots == 0) print "128 100"
      else printf "%d %d\n", within(1, 64 * 1048576 * slots / bytes, 128), within(1, 1048576 * keys / bytes, 500)
    }'
}

# unfinished: lines "SHARD ORDINAL SHARD ORDINAL SLOT…" as `moves` prints them, of slots that an interrupted run left half-way: the first still has them and gives
# them to the second. Standard input: nodes_of, then what each primary says of itself in CLUSTER NODES.
unfinished() {
  awk '
    length($1) != 40 { member[$3] = $1 " " $2; next }
    {
      for (i = 9; i <= NF; i++) {
        if ($i ~ /^\[[0-9]+->-/) {
          slot = target = $i
          gsub(/^\[|->-.*/, "", slot)
          gsub(/.*->-|\]$/, "", target)
          giver[slot] = $1
          taker[slot] = target
        } else if ($i !~ /^\[/) {
          n = split($i, range, "-")
          for (slot = range[1]; slot <= range[n]; slot++) owner[slot] = owner[slot] $1
        }
      }
    }
    END {
      for (slot = 0; slot < 16384; slot++)
        if (slot in giver && owner[slot] == giver[slot] && taker[slot] in member)
          list[giver[slot], taker[slot]] = list[giver[slot], taker[slot]] " " slot
      for (pair in list) {
        split(pair, id, SUBSEP)
        print member[id[1]] " " member[id[2]] list[pair]
      }
    }'
}

# to_move SHARDS: how many slots are not yet where they will be. Standard input: nodes_of.
to_move() {
  awk -v shards="$1" '
    $4 ~ /master/ { slots[$1] += $8 }
    END {
      for (s in slots) { fair = s < shards ? 16384 / shards : 0; if (slots[s] > fair) move += slots[s] - fair }
      printf "%d\n", move
    }'
}

# shares: "0: 5461, 1: …", slots by shard, for the log. Standard input: nodes_of.
shares() {
  awk '$4 ~ /master/ && $1 != "-" { slots[$1] += $8 } END { for (s = 0; s < 1000; s++) if (s in slots) text = text (text == "" ? "" : ", ") s ": " slots[s]; print text }'
}

# moves SHARDS: what makes the shards even and empties those that go, with as few slots moved as can be. Standard input: CLUSTER NODES. Prints lines
# "SHARD ORDINAL SHARD ORDINAL SLOT…", from one primary to another.
moves() {
  awk -v full="$FULL" -v shards="$1" '
    NF >= 8 && $3 ~ /master/ {
      split($2, address, ",")
      pod = address[2]
      sub(/\..*/, "", pod)
      prefix = full "-shard-"
      if (index(pod, prefix) != 1) next
      split(substr(pod, length(prefix) + 1), part, "-")
      shard = part[1]
      # A primary that was replaced has no slot, and one that has just come may not know its place yet.
      if (NF == 8 && shard in primary) next
      primary[shard] = part[1] " " part[2]
      if (shard > last) last = shard + 0
      for (i = 9; i <= NF; i++) {
        if ($i ~ /^\[/) continue
        n = split($i, range, "-")
        for (slot = range[1]; slot <= range[n]; slot++) owned[shard, held[shard]++] = slot
      }
    }
    function fair(shard) { return shard >= shards ? 0 : int(16384 / shards) + (shard < 16384 % shards) }
    END {
      to = 0
      for (from = 0; from <= last; from++) {
        line = ""
        for (i = fair(from); i < held[from]; i++) {
          while (to < shards && held[to] + 0 >= fair(to)) to++
          if (to >= shards || !(to in primary)) break
          if (line == "" || to != target) {
            if (line != "") print line
            line = primary[from] " " primary[to]
            target = to
          }
          line = line " " owned[from, i]
          held[to]++
        }
        if (line != "") print line
      }
    }'
}
