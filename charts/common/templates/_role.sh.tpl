#!/bin/sh
# {{- define "common.role.sh" }}
# shellcheck shell=sh disable=SC2154
# The role sidecar. The server's own quorum decides who is primary; this only makes the pods' labels say so.
#
# Shared directory (RUN):
#   role        written by the server's side: "ROLE GENERATION EPOCH_SECONDS"; ROLE is primary, replica, hidden (ready, and no client is led
#               there) or none. GENERATION is that of the quorum's decision, digits and one dot at most, growing. A file older than 5 s is a
#               frozen server and says nothing.
#   members     written by the server's side: the pods in its group, blanks between
#   unreachable written by the server's side: those of them that it and a majority with it can't reach, blanks between
#   wake        a FIFO: a line written by the server's side ends the wait for the next tick
#   message     written by the server's side: one line for the operator, shown as annotation ballast.dev/message
#   facts       written here: "REPLICAS GROUP FORMED TERM PRIMARY EPOCH_SECONDS": the StatefulSet's size and what the ConfigMap STATE_CONFIGMAP
#               remembers: whether a group existed, how often one was founded, its last primary's pod
#   seen        written by the server's side at its start: "GENERATION POD", the last primary that it knew
#   bootstrap.request, bootstrap.answer   the server's side asks ("empty" or "data"); the answer is "granted TERM" or "denied REASON"
#   reclone     written here when the pod carries the annotation ballast.dev/reclone; the server's side renames it to reclone.done
set -eu

: "${RUN:=/run/ballast}"

# newer A B: true when generation A is newer than B.
newer() {
  awk -v a="$1" -v b="$2" 'BEGIN { split(a, x, "."); split(b, y, ".")
    if (x[1] + 0 != y[1] + 0) exit !(x[1] + 0 > y[1] + 0)
    exit !(x[2] + 0 > y[2] + 0) }'
}

# describe: from one watch event or object on a line, "NAME ROLE GENERATION PEER RECLONE READABLE" with - for what is absent.
describe() {
  awk '
    function value(key,   at, rest) {
      at = index($0, "\"" key "\":\"")
      if (!at) return "-"
      rest = substr($0, at + length(key) + 4)
      rest = substr(rest, 1, index(rest, "\"") - 1)
      return rest == "" ? "-" : rest
    }
    { print value("name"), value("ballast.dev/role"), value("ballast.dev/generation"), value("ballast.dev/peer"), value("ballast.dev/reclone"),
        value("ballast.dev/readable"); }'
}

# may_claim GENERATION: reads "NAME ROLE GENERATION …" lines of the other pods that carry the primary label; true unless one is newer,
# whose name it prints then. A thawed or healed old primary must never take the label from its successor.
may_claim() {
  while read -r other _ generation _; do
    if newer "$generation" "$1"; then
      echo "$other"
      return 1
    fi
  done
}

# bootstrap_verdict CONTENT FORMED HOLDER GRANTED_AT NOW POD: may POD found a group, given what the ConfigMap remembers?
bootstrap_verdict() {
  if [ "$1" = empty ] && [ "$2" = true ]; then
    echo "denied a group existed but every volume is empty: restore a volume, or set data.formed to \"false\" in the ConfigMap $STATE_CONFIGMAP to start from nothing"
  elif [ "$3" != - ] && [ "$3" != "$6" ] && [ $(($5 - $4)) -lt 30 ]; then
    echo "denied $3 was granted a bootstrap $(($5 - $4)) s ago"
  else
    echo granted
  fi
}

patch_pod() {
  api PATCH "/api/v1/namespaces/$NAMESPACE/pods/$1" --header 'Content-Type: application/merge-patch+json' \
    --header "Accept: $api_metadata" --data-binary "$2" --output /dev/null
}

# The pods' labels as the API server streams them: one file a pod in RUN/pods.
watch_pods() {
  while :; do
    api GET "/api/v1/namespaces/$NAMESPACE/pods?watch=true&timeoutSeconds=50&labelSelector=$(echo "$SELECTOR" | sed 's/=/%3D/g; s/,/%2C/g')" \
      --no-buffer --max-time 60 --keepalive-time 2 --header "Accept: $api_metadata" 2>/dev/null |
      while IFS= read -r event; do # line by line, because some awks wait for a full buffer
        description=$(printf '%s\n' "$event" | describe)
        echo "${description#* }" >"$RUN/pods/.event" && mv "$RUN/pods/.event" "$RUN/pods/${description%% *}"
      done
    sleep 1
  done
}

other_primaries() {
  api GET "/api/v1/namespaces/$NAMESPACE/pods?labelSelector=$(echo "$SELECTOR,ballast.dev/role=primary" | sed 's/=/%3D/g; s/,/%2C/g')" \
    --header "Accept: $api_metadata_list" | sed 's/{"metadata":/\
{"metadata":/g' | sed 1d | describe | awk -v me="$POD" '$1 != me'
}

# What clients wait for after a switch is kube-proxy, which applies the first change at once and everything after it a second later. So the
# first change has to be the one that counts, and the only one: the successor's label on the -primary Service. It stays in the -replicas
# Service for a while (retire_reader), and its predecessor loses the label after it, or long before it (strip_unreachable_primary).
claim_primary() {
  others=$(other_primaries) || return 1
  if ! successor=$(printf '%s\n' "$others" | sed '/^$/d' | may_claim "$1"); then
    [ "$refused" = "$1" ] || log "not claiming primary at generation $1: $successor holds a newer one"
    refused=$1
    return 1
  fi
  publish primary "$1" || return 1
  for other in $(printf '%s\n' "$others" | awk '{ print $1 }'); do
    log "taking the primary label from $other"
    patch_pod "$other" '{"metadata":{"labels":{"ballast.dev/role":null}}}' &
  done
}

# labels_of ROLE: as a patch has them. A primary stays readable for a while: see retire_reader.
labels_of() {
  case $1 in
    none) echo '"ballast.dev/role":null,"ballast.dev/readable":null' ;;
    replica) echo '"ballast.dev/role":"replica","ballast.dev/readable":"true"' ;;
    hidden) echo '"ballast.dev/role":"hidden","ballast.dev/readable":null' ;;
    *) echo "\"ballast.dev/role\":\"$1\"" ;;
  esac
}

publish() {
  roles=$(labels_of "$1")
  patch_pod "$POD" "{\"metadata\":{\"labels\":{$roles,\"ballast.dev/peer\":\"true\"},\"annotations\":{\"ballast.dev/generation\":\"$2\"}}}" || return 1
  [ "$published" = "$1 $2" ] || log "role $1, generation $2"
  published="$1 $2"
  primary_ticks=0
}

# A primary leaves the -replicas Service 2 s after it became one: see claim_primary.
retire_reader() {
  primary_ticks=$((primary_ticks + 1))
  [ "$primary_ticks" -lt 4 ] || patch_pod "$POD" '{"metadata":{"labels":{"ballast.dev/readable":null}}}'
}

# A primary that a majority can't reach will have a successor in about a second, and takes no write until then: without its label, no client is
# led to a dead node when that one comes. Once for each time that it is unreachable, because it may be this member that is cut off.
strip_unreachable_primary() {
  unreachable=''
  read -r unreachable 2>/dev/null <"$RUN/unreachable" || :
  for pod in $unreachable; do
    case " $stripped " in *" $pod "*) continue ;; esac
    shown_primary=-
    read -r shown_primary _ 2>/dev/null <"$RUN/pods/$pod" || :
    [ "$shown_primary" = primary ] || continue
    log "taking the primary label from $pod: a majority can't reach it"
    patch_pod "$pod" '{"metadata":{"labels":{"ballast.dev/role":null}}}' || continue
    stripped="$stripped $pod"
  done
  [ -n "$unreachable" ] || stripped=''
}

# A crashed node's pod keeps its name in DNS, and a server that dials it blocks until its connect timeout (MySQL's XCom: 1 s of a stalled
# group at each try). So the primary takes silent pods that are no members out of the headless Service; each returns by itself (publish).
hide_silent_peers() {
  while :; do
    sleep 2
    read -r role _ 2>/dev/null <"$RUN/role" || continue
    [ "$role" = primary ] && [ -r "$RUN/members" ] || continue
    members=$(cat "$RUN/members")
    for file in "$RUN"/pods/?*; do
      pod=${file##*/}
      read -r _ _ peer _ 2>/dev/null <"$file" || continue
      [ "$peer" = true ] && [ "$pod" != "$POD" ] || continue
      case " $members " in *" $pod "*) continue ;; esac
      status=0
      curl --silent --max-time 1 --output /dev/null "http://$pod.$PEER_SUFFIX:$PEER_PORT/" 2>/dev/null || status=$?
      if [ "$status" = 28 ]; then
        log "hiding $pod from DNS: no member, and silent"
        patch_pod "$pod" '{"metadata":{"labels":{"ballast.dev/peer":null}}}' || log "could not hide $pod"
      fi
    done
  done
}

refresh_facts() {
  replicas=$(api GET "/apis/apps/v1/namespaces/$NAMESPACE/statefulsets/$STATEFULSET/scale" | sed -n 's/.*"spec":{"replicas":\([0-9]*\)}.*/\1/p') || return 1
  read_state || return 1
  [ -n "$replicas" ] && [ -n "$group" ] && [ -n "$formed" ] || return 1
  echo "$replicas $group $formed $term $primary $(date +%s)" >"$RUN/.facts" && mv "$RUN/.facts" "$RUN/facts"
}

# state_value NAME DEFAULT
state_value() {
  value=$(echo "$state" | json_string "$1")
  echo "${value:-$2}"
}

read_state() {
  state=$(api GET "/api/v1/namespaces/$NAMESPACE/configmaps/$STATE_CONFIGMAP") || return 1
  group=$(state_value group '')
  formed=$(state_value formed '')
  term=$(state_value term 0)
  holder=$(state_value holder -)
  granted_at=$(state_value grantedAt 0)
  primary=$(state_value primary -)
  primary_generation=$(state_value generation 0.0)
}

# Replaces the ConfigMap at the version that read_state saw; of two pods that write at once, the API server refuses one.
write_state() {
  api PUT "/api/v1/namespaces/$NAMESPACE/configmaps/$STATE_CONFIGMAP" --header 'Content-Type: application/yaml' --output /dev/null --data-binary \
    "$(manifest ConfigMap "$STATE_CONFIGMAP" "$(state_value resourceVersion '')" "group=$group" "formed=$formed" "term=$term" "holder=$holder" "grantedAt=$granted_at" "primary=$primary" "generation=$primary_generation")"
}

answer_bootstrap() {
  content=$(cat "$RUN/bootstrap.request")
  now=$(date +%s)
  read_state || return 1
  verdict=$(bootstrap_verdict "$content" "$formed" "$holder" "$granted_at" "$now" "$POD")
  if [ "$verdict" = granted ]; then
    holder=$POD granted_at=$now term=$((term + 1))
    write_state || return 1
    log "granted: may found the group (formed before: $formed, my volume: $content)"
    verdict="granted $term"
  else
    log "bootstrap $verdict"
  fi
  rm -f "$RUN/bootstrap.request"
  echo "$verdict" >"$RUN/.bootstrap.answer" && mv "$RUN/.bootstrap.answer" "$RUN/bootstrap.answer"
}

# From the first primary on, empty volumes are a loss and no longer a beginning; and the last primary is the one that has everything.
# record POD GENERATION
record() {
  read_state || return 1
  [ "$primary" != "$1" ] || [ "$formed" != true ] || return 0
  if newer "$primary_generation" "$2"; then return 0; fi
  formed=true primary=$1 primary_generation=$2
  write_state || return 1
  log "recorded: $1 is primary at generation $2"
}

# One tick: what the server's side says against what the API server last showed of this pod.
reconcile() {
  read -r role generation stamp 2>/dev/null <"$RUN/role" || return 0
  shown_role=- shown_peer=- reclone=- shown_readable=-
  read -r shown_role _ shown_peer reclone shown_readable 2>/dev/null <"$RUN/pods/$POD" || :

  if [ -e "$RUN/reclone.done" ]; then
    patch_pod "$POD" '{"metadata":{"annotations":{"ballast.dev/reclone":null}}}' && rm -f "$RUN/reclone.done" "$RUN/pods/$POD"
  elif [ "$reclone" != - ] && [ ! -e "$RUN/reclone" ]; then
    : >"$RUN/reclone"
  fi

  wanted=$role
  [ "$role" = none ] && wanted=-
  if [ "$published" = "$role $generation" ] && [ "$shown_role" = "$wanted" ] && [ "$shown_peer" = true ]; then
    if [ "$role" = primary ] && [ "$shown_readable" = true ]; then retire_reader; fi
    return 0
  fi
  # Our own patch may not have come back on the watch yet; a drift that lasts is put right a second later.
  if [ "$published" = "$role $generation" ] && [ "$drifting" -lt 2 ]; then
    drifting=$((drifting + 1))
    return 0
  fi
  drifting=0
  # For the same reason a predecessor waits up to 2 s for its successor.
  if [ "$role" = replica ] && [ "$shown_role" = primary ] && [ "$waited" -lt 4 ]; then
    waited=$((waited + 1))
    return 0
  fi
  waited=0
  [ $(($(date +%s) - stamp)) -le 5 ] || return 0
  if [ "$role" = primary ]; then
    claim_primary "$generation"
  else
    publish "$role" "$generation"
  fi
}

show_message() {
  [ -r "$RUN/message" ] || return 0
  message=$(sed 's/[\\"]//g' "$RUN/message")
  [ "$message" = "$shown_message" ] && return 0
  patch_pod "$POD" "{\"metadata\":{\"annotations\":{\"ballast.dev/message\":\"$message\"}}}" && shown_message=$message
}

# The next tick, half a second from now.
arm() {
  {
    sleep 0.5
    echo tick
  } >&3 &
  timer=$!
}

main() {
  trap 'exit 0' TERM
  mkdir -p "$RUN/pods"
  # Whichever side is first makes it.
  mkfifo -m 600 "$RUN/wake" 2>/dev/null || [ -p "$RUN/wake" ]
  exec 3<>"$RUN/wake"
  published='' informed_as='' every=10 refused='' stripped='' drifting=0 waited=0 primary_ticks=0 shown_message='' recorded='' ticks=0
  if [ -n "${LEASE:-}" ]; then
    while :; do
      (hold_lease) || log "error: what holds the Lease ended: starting it again"
      sleep 1
    done 3<&- &
  fi
  watch_pods 3<&- &
  hide_silent_peers 3<&- &
  arm
  while read -r event <&3; do
    reconcile || :
    strip_unreachable_primary
    if [ -e "$RUN/bootstrap.request" ]; then
      answer_bootstrap || log "could not decide on a bootstrap: will try again"
    fi
    [ "$event" = tick ] || continue
    wait "$timer" || :
    case $published in
      primary*) [ "$recorded" = yes ] || { record "$POD" "${published#* }" && recorded=yes; } || log "could not record who is primary: will try again" ;;
      *) recorded='' ;;
    esac
    if [ -e "$RUN/seen" ]; then
      read -r seen_generation seen_primary <"$RUN/seen" && record "$seen_primary" "$seen_generation" && rm -f "$RUN/seen"
    fi
    # Who has just got a role wants to know at once what the group is by now; who has none, soon.
    role=${published%% *}
    if [ "$role" != "$informed_as" ] || [ $((ticks % every)) = 0 ]; then
      informed_as=$role every=60
      [ "$role" != none ] || every=10
      refresh_facts || {
        every=10
        log "could not read the StatefulSet or ConfigMap"
      }
    fi
    [ $((ticks % 10)) != 0 ] || show_message || :
    ticks=$((ticks + 1))
    arm
  done
}

[ "${BALLAST_TEST:-}" ] || main
# {{- end }}
