#!/bin/bash
# The redis container's main process: writes the configuration, runs redis-server and the agent.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

# shellcheck disable=SC2317  # called by the trap
terminate() {
  : >"$RUN/stopping"
  kill -TERM "$server_pid" 2>/dev/null || true
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
      if [ "$ARCHITECTURE" = sentinel ]; then
        echo "masteruser ballast"
        printf 'masterauth "%s"\n' "$(secret system-password)"
        echo "replica-announce-ip $(member_host "$me")"
        # Nobody starts as a primary, and nobody can be promoted before it was in sync: the agent gives both back.
        echo "replica-priority 0"
        read -r _ last 2>/dev/null <"$DATA/ballast.seen" || last=$POD
        if [ "$last" = "$POD" ]; then echo "replicaof 127.0.0.1 1"; else echo "replicaof $last.$SUFFIX 6379"; fi
      fi
    } >"$RUN/redis.conf"
  )
}

main() {
  rm -f "$RUN/stopping" "$RUN/role" "$RUN/leaving" "$RUN/previous"
  write_configuration
  redis-server "$RUN/redis.conf" &
  server_pid=$!
  trap terminate TERM INT
  bash /opt/ballast/agent.sh &
  # A signal ends bash's wait early: waits until the process is really gone.
  while kill -0 "$server_pid" 2>/dev/null; do
    status=0
    wait "$server_pid" || status=$?
  done
  log "redis-server ended with status $status"
  exit "$status"
}

main
