#!/bin/bash
# masterSlave, when a broker's volume is lost: everything that its group acknowledged is on its other volumes. RocketMQ's slave, when it is empty, asks for the
# last file of the log only, so that messages of older files would be on one volume from then on. One that has the beginning of the log asks for all that
# follows; so the beginning is fetched here. An empty master takes no messages before it has all that its slave has: until then it is a slave's slave.

ALL_TOPICS=21 FOLLOW=906 RUNTIME=28 ALL_CONSUMER_OFFSETS=43 ALL_DELAY_OFFSETS=45 ALL_CONSUMER_GROUPS=201

# log_range HOST [PORT]: the first offset of its log and the one after the last.
log_range() {
  local answer
  answer=$(rpc "$1" "${2:-10911}" "$RUNTIME") || return 1
  echo "$(number_of commitLogMinOffset <<<"$answer") $(number_of commitLogMaxOffset <<<"$answer")"
}

# source_of ME: "HOST FIRST LAST" of the broker of my group with the longest log: the master, or for a master the best of its slaves.
source_of() {
  local ordinal range
  for ((ordinal = 0; ordinal < REPLICAS; ordinal++)); do
    if [ "$ordinal" = "$1" ]; then continue; fi
    range=$(log_range "$(host_of "$GROUP" "$ordinal")" 2>/dev/null) || continue
    echo "$(host_of "$GROUP" "$ordinal") $range"
  done | sort -k 3,3nr | head -n 1
}

# int64 NUMBER: its eight bytes, escaped.
int64() {
  local shift
  for ((shift = 56; shift >= 0; shift -= 8)); do printf '\\x%02x' $(($1 >> shift & 255)); done
}

# fetch HOST FIRST FILE: the log's first message, and what comes with it, into the file. Offset 0 stands for "the last file", so the first byte of all is
# left out: it is that of a length, which is never so large.
fetch() {
  local from=$2 head size at length=0 fourth
  [ "$from" != 0 ] || from=1
  exec 4<>"/dev/tcp/$1/10912"
  printf %b "$(int64 "$from")" >&4
  truncate -s "$FILE_SIZE" "$3"
  at=$((from - $2))
  # What is at the beginning: a message's length.
  until [ "$length" -gt 0 ] && [ "$at" -ge "$length" ]; do
    head=$(head -c 12 <&4 | od -An -v -tx1 | tr -d ' \n')
    [ "${#head}" = 24 ] || return 1
    size=$((16#${head:16:8}))
    [ "$size" -gt 0 ] || continue
    head -c "$size" <&4 | dd of="$3" bs=64K oflag=seek_bytes seek="$at" conv=notrunc iflag=fullblock status=none
    at=$((at + size))
    fourth=$(head -c 4 "$3" | od -An -v -tx1 | tr -d ' \n')
    length=$((16#$fourth))
  done
  exec 4>&-
}

# seed HOST FIRST: the beginning of the log onto my empty volume.
seed() {
  local file
  rm -rf "$DATA/.seed"
  mkdir -p "$DATA/.seed"
  printf -v file '%020d' "$2"
  # A function that is given to timeout has to be a program's.
  export -f fetch int64
  timeout 60 bash -euc 'fetch "$@"' fetch "$1" "$2" "$DATA/.seed/$file" || return 1
  mkdir -p "$DATA/commitlog"
  mv "$DATA/.seed/$file" "$DATA/commitlog/$file"
  rm -rf "$DATA/.seed"
}

# follow HOST UNTIL: the broker runs as a slave of HOST, known to no name server, until its log reaches so far. At another port: my slaves could take it for
# their master, and delete every topic that it does not have yet.
follow() {
  local child range='' until=$2 said_at=$SECONDS port=10921
  {
    grep -vE '^(brokerId|brokerRole|namesrvAddr|listenPort)=' "$RUN/broker.conf"
    echo "listenPort=$port"
    echo "brokerId=$REPLICAS"
    echo brokerRole=SLAVE
  } >"$RUN/follower.conf"
  broker_command "$RUN/follower.conf"
  # shellcheck disable=SC2154  # broker_command sets it
  "${command[@]}" &
  child=$!
  # The pod's end is the broker's.
  trap 'kill "$child" 2>/dev/null; wait "$child"; exit 143' TERM
  until [ -n "$range" ] && [ "${range#* }" -ge "$until" ]; do
    kill -0 "$child" 2>/dev/null || return 1
    sleep 1
    # Its setting haMasterAddress has no effect, because it is read before there is anybody to tell.
    rpc 127.0.0.1 "$port" "$FOLLOW" "masterHaAddress=$1:10912" "masterAddress=$1:10911" >/dev/null 2>&1 || continue
    range=$(log_range 127.0.0.1 "$port" 2>/dev/null) || range=''
    if [ $((SECONDS - said_at)) -ge 5 ]; then
      log "restoring: my log reaches ${range#* }, of $until"
      said_at=$SECONDS
    fi
  done
  kill "$child"
  wait "$child" || true
  trap - TERM
  rm -f "$RUN/follower.conf"
}

# What a slave keeps beside the log.
copy_settings() {
  local file code
  while read -r file code; do
    rpc "$1" 10911 "$code" >"$DATA/config/.$file" || return 1
    mv "$DATA/config/.$file" "$DATA/config/$file"
    rm -f "$DATA/config/$file.bak"
  done <<END
topics.json $ALL_TOPICS
consumerOffset.json $ALL_CONSUMER_OFFSETS
delayOffset.json $ALL_DELAY_OFFSETS
subscriptionGroup.json $ALL_CONSUMER_GROUPS
END
}

# restore ME: goes on for as long as nobody has what my volume lost.
restore() {
  local source host first last
  log "my volume is empty, and my group exists: its other brokers have what it had"
  mkdir -p "$DATA/restoring"
  until
    source=$(source_of "$1")
    [ -n "$source" ]
  do
    say "waiting for a broker of group $GROUP to get back from it what my volume lost; if all have lost theirs, set data.groups to $GROUP in the ConfigMap $STATE_CONFIGMAP to begin anew"
    sleep 1
  done
  read -r host first last <<<"$source"
  log "restoring from $host, whose log reaches from $first to $last"
  if [ "$last" -gt 0 ]; then seed "$host" "$first" || return 1; fi
  # A slave is one from the beginning.
  if [ "$1" = 0 ] && [ "$last" -gt 0 ]; then follow "$host" "$last" || return 1; fi
  # A slave would ask for them in a minute, and the master's may be the only ones until then.
  mkdir -p "$DATA/config"
  copy_settings "$host" || return 1
  mark
  rm -rf "$DATA/restoring"
  log "restored"
}
