#!/bin/bash
# controller: a broker that is told of another master asks the name servers for its address, and may be given that of the one before, who is silent and not
# forgotten yet. It then waits for a first word from there without any limit of time (RocketMQ 5.3.3, AutoSwitchHAClient), and the group has nobody in
# sync until the silent one is back. So a broker that has its copies from elsewhere than its master is started again.

# addresses_of NAME: in one line, in the only way that an address is written.
addresses_of() {
  getent ahosts "$1" | awk '{ print $1 }' | sort -u | paste -s -d ' '
}

# master_of_group: its name, as the controllers have it.
master_of_group() {
  local answer
  answer=$(RPC_BODY="[\"broker-$GROUP\"]" ask_controller 1006 2>/dev/null) || return 1
  answer=$(grep -o '"masterAddress":"[^":]*' <<<"$answer") || return 1
  echo "${answer##*\"}"
}

# watch BROKER ME: until the process BROKER ends, or has its copies from elsewhere for three seconds.
watch() {
  local copies address from master since=''
  while kill -0 "$1" 2>/dev/null; do
    # In the background: a signal does not wait for its end.
    sleep 1 &
    wait "$!" || true
    copies=''
    for address in $(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | copies_from); do
      from=$(addresses_of "$address") && copies+=" $from"
    done
    # A master has none, and need not ask.
    if [ -n "$copies" ] && master=$(master_of_group) && [ "$master" != "$2" ] && strayed "$(addresses_of "$master")" "$copies"; then
      [ -n "$since" ] || since=$SECONDS
      if [ $((SECONDS - since)) -ge 3 ]; then
        log "starting my broker again: $master leads my group, and my copies come from$copies"
        return 1
      fi
    else
      since=''
    fi
  done
}

# start_watched ME CONFIGURATION: this process stays the broker's parent.
start_watched() {
  local broker
  while :; do
    broker_command "$2"
    # shellcheck disable=SC2154  # broker_command sets it
    "${command[@]}" &
    broker=$!
    # shellcheck disable=SC2064  # this broker
    trap "kill $broker 2>/dev/null; wait $broker; exit 143" TERM
    if watch "$broker" "$1"; then
      wait "$broker"
      return
    fi
    # It has nothing that its master lacks, and need not say goodbye.
    kill -KILL "$broker"
    wait "$broker" || true
  done
}
