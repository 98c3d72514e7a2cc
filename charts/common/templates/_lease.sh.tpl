#!/bin/sh
# {{- define "common.lease.sh" }}
# shellcheck shell=sh disable=SC2154
# Before role.sh, in the same file, where a Lease of the API server decides who is primary. Shows the Lease to the server's side, renews it for as long as that is alive,
# and writes what that asks for at the version that it read: of two members that write at once, the API server refuses one.
#
# Shared directory (RUN):
#   lease         written here: "VERSION SEEN HOLDER TERM LEADER IN_SYNC", - for what is absent. SEEN is when that version came, in hundredths of a second since
#                 the node's start; HOLDER a pod; TERM counts holders; LEADER and IN_SYNC are the server's side's own, see there
#   lease.ask     written by the server's side: "look|take|keep|release VERSION TERM LEADER IN_SYNC"; "look" is granted where the Lease is still of that version
#   lease.answer  written here: "granted" or "denied REASON"
#   lease.wake    a FIFO: lines that end the wait for the next tick
#   beat          written by the server's side whenever its loop turns: a holder without it is silent
#   alive         a FIFO that all of the server's processes hold open: its end is theirs

# hundredths: since the node's start, which no clock of anybody's can set back.
hundredths() {
  read -r uptime _ </proc/uptime
  echo "${uptime%.*}${uptime#*.}"
}

# lease_in: reads Leases or watch events, one a line; prints "VERSION HOLDER TERM LEADER IN_SYNC" of each.
lease_in() {
  awk '
    function value(key, closing,   at, rest) {
      at = index($0, "\"" key "\":" closing)
      if (!at) return "-"
      rest = substr($0, at + length(key) + 3 + length(closing))
      match(rest, closing == "" ? "[^0-9]" : "\"")
      rest = substr(rest, 1, RSTART - 1)
      return rest == "" ? "-" : rest
    }
    /"resourceVersion"/ { term = value("leaseTransitions", ""); print value("resourceVersion", "\""), value("holderIdentity", "\""), term == "-" ? 0 : term,
      value("ballast.dev/leader", "\""), value("ballast.dev/in-sync", "\""); fflush() }'
}

lease_path=/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE:-}/leases

# What each new connection shows first counts as news: nobody is silent for a time in which we did not listen.
watch_lease() {
  while :; do
    echo connected
    api GET "$lease_path?watch=true&timeoutSeconds=300&fieldSelector=metadata.name%3D$LEASE" --no-buffer --max-time 310 --keepalive-time 2 2>/dev/null |
      while IFS= read -r event; do
        described=$(printf '%s\n' "$event" | lease_in)
        [ -z "$described" ] || echo "shown $described"
      done
    sleep 0.5
  done
}

watch_server() {
  while :; do
    cat "$RUN/alive" >/dev/null
    echo ended
    sleep 0.1
  done
}

# show_lease VERSION HOLDER TERM LEADER IN_SYNC: unless something newer is known (versions of one object grow: Kubernetes' KEP-5504 says so of every API server that conforms).
show_lease() {
  [ "$1" -ge "$version" ] || return 0
  [ "$1" != "$version" ] || [ "$fresh" = yes ] || return 0
  fresh=no version=$1 holder=$2 term=$3 leader=$4 in_sync=$5
  echo "$version $(hundredths) $holder $term $leader $in_sync" >"$RUN/.lease" && mv "$RUN/.lease" "$RUN/lease"
}

# write_lease VERSION HOLDER TERM LEADER IN_SYNC: fails where the Lease is not of that version any more. The time has the hundredths that date lacks in some shells, so that no
# two renewals are the same.
write_lease() {
  lease_holder=null
  [ "$2" = - ] || lease_holder="\"$2\""
  ticks=$(hundredths)
  written=$(api PATCH "$lease_path/$LEASE" --header 'Content-Type: application/merge-patch+json' --data-binary "{\"metadata\":{\"resourceVersion\":\"$1\",
    \"annotations\":{\"ballast.dev/leader\":\"$4\",\"ballast.dev/in-sync\":\"$5\"}},\"spec\":{\"holderIdentity\":$lease_holder,\"leaseTransitions\":$3,
    \"leaseDurationSeconds\":$LEASE_SECONDS,\"renewTime\":\"$(date -u +%Y-%m-%dT%H:%M:%S).${ticks#"${ticks%??}"}0000Z\"}}") || return 1
  # shellcheck disable=SC2046  # five words
  show_lease $(echo "$written" | lease_in)
}

look_again() {
  looked=$(api GET "$lease_path/$LEASE") || return 1
  # shellcheck disable=SC2046  # five words
  show_lease $(echo "$looked" | lease_in)
}

# verdict_on ACT TERM: whether what the server's side asks for may be written, given what is known.
verdict_on() {
  if [ "$2" != "$term" ]; then
    echo "denied the term is $term by now"
  elif { [ "$1" = keep ] || [ "$1" = release ]; } && [ "$holder" != "$POD" ]; then
    echo "denied $holder holds the Lease"
  else
    echo granted
  fi
}

answer_ask() {
  read -r act asked_version asked_term asked_leader asked_in_sync <"$RUN/lease.ask" || return 0
  rm -f "$RUN/lease.ask"
  verdict=$(verdict_on "$act" "$asked_term")
  if [ "$verdict" = granted ]; then
    # A holder that renewed since then is not silent, and its version another.
    case $act in
      look) look_again && [ "$version" = "$asked_version" ] ;;
      take) write_lease "$asked_version" "$POD" $((asked_term + 1)) "$asked_leader" "$asked_in_sync" ;;
      keep) write_lease "$version" "$POD" "$asked_term" "$asked_leader" "$asked_in_sync" ;;
      release) write_lease "$version" - "$asked_term" "$asked_leader" "$asked_in_sync" ;;
    esac || verdict='denied the API server does not answer, or the Lease was changed'
  fi
  [ "$verdict" != granted ] || [ "$act" = look ] || log "Lease: $act, term $term, leader $leader, in sync $in_sync"
  echo "$verdict" >"$RUN/.lease.answer" && mv "$RUN/.lease.answer" "$RUN/lease.answer"
}

renew() {
  [ "$holder" = "$POD" ] && read -r beat 2>/dev/null <"$RUN/beat" || return 0
  [ "$beat" != "$last_beat" ] || return 0
  # Whoever beats is alive again, and holds what could not be released meanwhile.
  last_beat=$beat ended=''
  write_lease "$version" "$POD" "$term" "$leader" "$in_sync" || log "could not renew the Lease"
}

# The server's processes are gone for sure: others need not wait until the Lease expires.
release_after_end() {
  if [ "$holder" != "$POD" ]; then
    ended=''
  elif write_lease "$version" - "$term" "$leader" "$in_sync"; then
    log "the server ended: released the Lease"
    ended=''
  fi
}

# For role.sh: until the pod ends.
hold_lease() {
  for pipe in lease.wake alive; do mkfifo -m 600 "$RUN/$pipe" 2>/dev/null || [ -p "$RUN/$pipe" ]; done
  exec 4<>"$RUN/lease.wake"
  version=0 holder=- term=0 leader=- in_sync=- fresh=yes last_beat='' ended=''
  watch_lease >&4 &
  watch_server >&4 &
  while :; do
    sleep 1
    echo tick
  done >&4 &
  while read -r event rest <&4; do
    # shellcheck disable=SC2086  # five words
    case $event in
      connected) fresh=yes ;;
      shown) show_lease $rest ;;
      ask) answer_ask ;;
      ended) ended=yes last_beat=$(cat "$RUN/beat" 2>/dev/null) || : ;;
      tick) renew ;;
    esac
    [ -z "$ended" ] || release_after_end
  done
}
# {{- end }}
