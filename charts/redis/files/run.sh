#!/bin/bash
# The redis container's main process: writes the configuration, runs redis-server and the agent.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

# shellcheck disable=SC2317  # called by the trap
terminate() {
  : >"$RUN/stopping"
  kill -TERM "$SERVER_PID" 2>/dev/null || true
}

# What depends on the pod or is secret goes to a file in memory; redis-server rewrites it when its role changes.
write_configuration() {
  local me last
  me=$(ordinal_of "$POD")
  (
    umask 077
    accounts >"$RUN/users.acl"
    {
      cat /opt/ballast/redis.conf
      echo "aclfile $RUN/users.acl"
      if [ "$ARCHITECTURE" = cluster ]; then
        echo "masteruser ballast"
        printf 'masterauth "%s"\n' "$(in_quotes "$(secret system-password)")"
        echo "cluster-announce-ip $(own_address)"
        echo "cluster-announce-hostname $(member_host "$me")"
        echo "cluster-announce-human-nodename $NODE"
        # Nobody can be promoted before it was in sync: the agent allows it then (the priority only tells the others).
        echo "replica-priority 0"
        echo "cluster-replica-no-failover yes"
      fi
      if [ "$ARCHITECTURE" = sentinel ]; then
        echo "masteruser ballast"
        printf 'masterauth "%s"\n' "$(in_quotes "$(secret system-password)")"
        echo "replica-announce-ip $(member_host "$me")"
        # Nobody starts as a primary, and nobody can be promoted before it was in sync: the agent gives both back.
        echo "replica-priority 0"
        read -r _ last 2>/dev/null <"$DATA/ballast.seen" || last=$POD
        if [ "$last" = "$POD" ]; then echo "replicaof 127.0.0.1 1"; else echo "replicaof $last.$SUFFIX 6379"; fi
      fi
    } >"$RUN/redis.conf"
  )
}

# The address of this member's own Service, which stays while pods come and go.
own_address() {
  local address
  until address=$(getent hosts "$(member_host "$(ordinal_of "$POD")")"); do
    log "waiting for the name $(member_host "$(ordinal_of "$POD")") to resolve"
    sleep 1
  done
  printf '%s' "${address%% *}"
}

# A primary that was restarted may lack the last moments before its end, which its replica has: if there is one in sync, it takes over before
# this server starts, and sooner than a large volume is read. If none is, nobody has more.
yield_to_replica() {
  local ordinal role offset priority able silent deadline=$((SECONDS + 20))
  [ -e "$DATA/nodes.conf" ] && awk '$3 ~ /myself/ && $3 ~ /master/ && NF > 8 { found = 1 } END { exit !found }' "$DATA/nodes.conf" || return 0
  read -r _ members </opt/ballast/shape
  while [ "$SECONDS" -lt "$deadline" ]; do
    able='' silent=''
    for ((ordinal = 0; ordinal < members; ordinal++)); do
      [ "$ordinal" != "$(ordinal_of "$POD")" ] || continue
      read -r role offset priority <<<"$(member "$ordinal" INFO | awk -F: '{ sub(/\r/, "") } $1 == "role" { r = $2 } $1 == "slave_repl_offset" { o = $2 }
        $1 == "slave_priority" { p = $2 } END { print r, o, p }')"
      case $role.$priority in
        master.*)
          log "member $ordinal leads shard $SHARD now"
          return 0
          ;;
        slave.0) ;;
        slave.*) able+="$offset $ordinal"$'\n' ;;
        *) silent+=" $ordinal" ;;
      esac
    done
    [ -n "$able$silent" ] || return 0
    # One that does not answer may have more than one that does.
    if [ -n "$able" ] && { [ -z "$silent" ] || [ "$SECONDS" -ge $((deadline - 15)) ]; }; then
      ordinal=$(sort -rn <<<"$able" | head -n 1 | cut -d' ' -f2)
      log "restarted while primary: member $ordinal takes over"
      member "$ordinal" CLUSTER FAILOVER FORCE >/dev/null || true
      sleep 0.5
    else
      sleep 0.5
    fi
  done
  log "starting as primary: no replica took over"
}

main() {
  rm -f "$RUN/stopping" "$RUN/role" "$RUN/leaving" "$RUN/previous"
  write_configuration
  [ "$ARCHITECTURE" != cluster ] || yield_to_replica
  redis-server "$RUN/redis.conf" &
  SERVER_PID=$!
  export SERVER_PID
  trap terminate TERM INT
  run_agent &
  await_end "$SERVER_PID"
  # shellcheck disable=SC2154  # await_end sets it
  log "redis-server ended with status $status"
  exit "$status"
}

main
