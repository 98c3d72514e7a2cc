#!/bin/bash
# The zookeeper container's main process: writes the configuration, decides how this member starts, runs the server and the agent.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

CONF=$DATA/conf

# shellcheck disable=SC2317  # called by the trap
terminate() {
  kill -TERM "$server_pid" 2>/dev/null || true
}

# Passwords are read once, at the server's start.
write_logins() {
  local directory
  echo 'Server {'
  echo '  org.apache.zookeeper.server.auth.DigestLoginModule required'
  for directory in /etc/ballast/users/*/; do
    [ -d "$directory" ] || continue
    printf '  user_%s="%s"\n' "$(cat "$directory/username")" "$(in_quotes "$(cat "$directory/password")")"
  done
  # The module wants somebody.
  printf '  user_super="%s";\n};\n' "$(in_quotes "$(secret super-password)")"
  [ "$ARCHITECTURE" = ensemble ] || return 0
  echo 'QuorumServer {'
  printf '  org.apache.zookeeper.server.auth.DigestLoginModule required\n  user_quorum="%s";\n};\n' "$(in_quotes "$(secret quorum-password)")"
  echo 'QuorumLearner {'
  printf '  org.apache.zookeeper.server.auth.DigestLoginModule required\n  username="quorum"\n  password="%s";\n};\n' "$(in_quotes "$(secret quorum-password)")"
}

# super's password as the server wants it: SHA-1, in base64.
super_digest() {
  local hex bytes='' at
  hex=$(printf 'super:%s' "$(secret super-password)" | sha1sum)
  for ((at = 0; at < 40; at += 2)); do bytes+="\\x${hex:at:2}"; done
  printf '%b' "$bytes" | base64
}

# write_configuration [LIST]: zoo.cfg anew, because the server writes to it, too; LIST is the file with the members.
write_configuration() {
  {
    cat /opt/ballast/zoo.cfg
    echo "DigestAuthenticationProvider.superDigest=super:$(super_digest)"
    [ -z "${1:-}" ] || echo "dynamicConfigFile=$1"
  } >"$CONF/.zoo.cfg"
  mv "$CONF/.zoo.cfg" "$CONF/zoo.cfg"
}

# The list of members that the volume has: the server names it in zoo.cfg after each change.
own_list() {
  local list
  list=$(sed -n 's/^dynamicConfigFile=//p' "$CONF/zoo.cfg" 2>/dev/null) || true
  [ -z "$list" ] || [ ! -s "$list" ] || echo "$list"
}

# own_config: see begin.
own_config() {
  if [ -n "$(own_list)" ]; then
    echo yes
  elif [ -e "$CONF/zoo.cfg" ] && ! grep -q '^dynamicConfigFile=' "$CONF/zoo.cfg"; then
    echo single
  else
    echo no
  fi
}

# What the others say of the members, the newest of it.
peers_list() {
  local ordinal
  for ((ordinal = 0; ordinal < MOST; ordinal++)); do
    [ "$ordinal" = "$me" ] || asked "$(host_of "$ordinal")" conf | membership | paste -sd, | sed 's/,/ /' &
  done | newest_membership
}

# write_list SERVERS: as a first version; with this server as one without a vote where it is not among them.
write_list() {
  rm -f "$CONF"/zoo.cfg.dynamic*
  {
    echo "$1"
    grep -q "^server\.$((me + 1))=" <<<"$1" || server_line "$me" observer
  } >"$CONF/zoo.cfg.dynamic"
  write_configuration "$CONF/zoo.cfg.dynamic"
}

first_list() {
  local ordinal
  for ((ordinal = 0; ordinal < $(cat /opt/ballast/replicas); ordinal++)); do server_line "$ordinal" participant; done
}

# shellcheck disable=SC2154  # `formed` is set by facts
configure_ensemble() {
  local verdict told known own
  while :; do
    own=$(own_config) known=unknown
    told=$(peers_list)
    if grep -q "^server\.$((me + 1))=" <<<"$told"; then known=member; elif [ -n "$told" ]; then known=stranger; fi
    facts || formed=unknown
    verdict=$(begin "$formed" "$(content)" "$known" "$own")
    rm -f "$DATA/initialize"
    case $verdict in
      go)
        log "starting as a member of the ensemble"
        write_configuration "$(own_list)"
        return 0
        ;;
      join)
        log "joining the ensemble with its own list of members (my volume: $(content), known there: $known)"
        write_list "$told"
        return 0
        ;;
      alone)
        log "starting as the only member, with the single server's data: the others join"
        write_list "$(server_line "$me" participant)"
        return 0
        ;;
      found)
        log "one of the first members: no ensemble existed, no member answers, and my volume is empty"
        write_list "$(first_list)"
        : >"$DATA/initialize"
        votes=yes
        return 0
        ;;
      restore)
        log "starting with the data on my volume and the members of the chart's values: the volume has no list of them"
        write_list "$(first_list)"
        return 0
        ;;
      *) say "waiting: ${verdict#wait }" ;;
    esac
    publish none 0
    sleep 2
  done
}

main() {
  me=$(ordinal_of "$POD")
  open_pipes
  rm -f "$RUN/role"
  mkdir -p "$CONF"
  echo "$((me + 1))" >"$DATA/myid"
  (
    umask 077
    write_logins >"$RUN/jaas.conf"
  )
  umask 027
  if [ "$ARCHITECTURE" = ensemble ]; then configure_ensemble; else write_configuration; fi
  # Who logs in as super may do anything, as who says the password by addauth.
  # shellcheck disable=SC2086  # several flags
  JVMFLAGS="$JVM_FLAGS -Dzookeeper.superUser=super -Djava.security.auth.login.config=$RUN/jaas.conf -Dlogback.configurationFile=/opt/ballast/logback.xml" \
    JMXDISABLE=true ZOO_LOG_DIR=/tmp ZOOPIDFILE=/tmp/zookeeper.pid zkServer.sh start-foreground "$CONF/zoo.cfg" &
  server_pid=$!
  trap terminate TERM INT
  SERVER_PID=$server_pid VOTES=${votes:-no} run_agent &
  await_end "$server_pid"
  log "the server ended with status $status"
  # 143 is the JVM's way to say that it was asked to end.
  [ "$status" != 143 ] || status=0
  exit "$status"
}

[ -n "${BALLAST_TEST:-}" ] || main
