#!/bin/bash
# Hook Jobs: `provision` after install and upgrade gives members that were added a vote, `drain` before an upgrade takes it from those that are to go.
# One at a time, because each change needs a majority of the members before and after it. Interrupted, the next run goes on.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh
# shellcheck disable=SC1091
. /opt/ballast/hook.sh

# Ordinals that vote, as a serving member tells; nothing when none does.
voters() {
  local ordinal servers
  for ((ordinal = 0; ordinal < MOST; ordinal++)); do
    servers=$(asked "$(host_of "$ordinal")" conf | membership)
    [ -z "$servers" ] || {
      ordinals_of <<<"$servers"
      return 0
    }
  done
}

knows_voters() {
  votes=$(voters)
  [ -n "$votes" ]
}

serves() {
  [ "$(asked "$(host_of "$1")" srvr | status_of)" != "none 0" ]
}

# change COMMAND: one reconfiguration, tried again while the ensemble can't do it yet.
change() {
  local said before=$votes
  CLIENT_HOSTS=$(for ordinal in $votes; do printf '%s:2181,' "$(host_of "$ordinal")"; done)
  CLIENT_HOSTS=${CLIENT_HOSTS%,}
  said=$(client "$1")
  knows_voters || votes=$before
  [ "$votes" != "$before" ] || {
    log "not yet: $(grep -m 1 -i 'exception\|error\|fail\|not ' <<<"$said" || echo "no answer")"
    sleep 2
  }
}

provision() {
  local ordinal
  while :; do
    wait_for 300 "a member that serves" knows_voters
    ordinal=$(to_add "$REPLICAS" <<<"$votes")
    [ -n "$ordinal" ] || break
    wait_for 300 "$(host_of "$ordinal") to serve" serves "$ordinal"
    log "giving member $ordinal a vote (voting: $(paste -sd' ' <<<"$votes"))"
    change "reconfig -add $(server_line "$ordinal" participant)"
  done
}

drain() {
  local ordinal
  if ! knows_voters && none_leaves "$REPLICAS" "$MOST"; then
    log "no member serves, and none is to go"
    return 0
  fi
  while :; do
    wait_for 300 "a member that serves" knows_voters
    ordinal=$(to_remove "$REPLICAS" <<<"$votes")
    [ -n "$ordinal" ] || break
    log "taking the vote from member $ordinal (voting: $(paste -sd' ' <<<"$votes"))"
    change "reconfig -remove $((ordinal + 1))"
  done
}

main() {
  "$1"
  [ -z "$votes" ] || log "voting: $(paste -sd' ' <<<"$votes")"
}

[ -n "${BALLAST_TEST:-}" ] || main "$@"
