#!/bin/bash
# The proxy container's main process: writes the configuration, and runs the proxy.
set -eu
# shellcheck disable=SC1091
. /opt/ballast/common.sh

CONF=$RUN/conf
PROXY=${PROXY:-/opt/shardingsphere-proxy}
PROXY_YAML=${PROXY_YAML:-/opt/ballast/proxy.yaml}
ANSWER_SECONDS=0.5

# account NAME PASSWORD: an entry of the configuration's list of accounts.
account() {
  if [ "$DIALECT" = 5.1 ]; then
    printf '      - "%s@%%:%s"\n' "$1" "$(in_quotes "$2")"
  else
    printf '    - user: "%s@%%"\n      password: "%s"\n' "$1" "$(in_quotes "$2")"
    if [ "$1" = root ]; then echo '      admin: true'; fi
  fi
}

accounts() {
  local user
  account root "$(secret root-password)"
  for user in /etc/ballast/users/*/; do
    [ -e "$user/username" ] || continue
    account "$(cat "$user/username")" "$(cat "$user/password")"
  done
}

# configuration: the proxy's, with accounts and what is secret.
configuration() {
  local line
  while IFS= read -r line; do
    case $line in
      '@USERS@') accounts ;;
      *'"@METADATA@"') printf '%s"ballast:%s"\n' "${line%%\"*}" "$(secret metadata-password)" ;;
      *) printf '%s\n' "$line" ;;
    esac
  done <"$PROXY_YAML"
}

write_configuration() {
  local file=server.yaml
  [ "$DIALECT" = 5.1 ] || file=global.yaml
  mkdir -p "$CONF"
  cp /opt/ballast/logback.xml "$CONF/"
  (
    umask 077
    configuration >"$CONF/$file"
  )
}

# write_authorities: what MySQL's certificates are checked against. Nothing in it is secret, and a store has to have a password.
write_authorities() {
  local file name
  rm -f "$RUN/authorities.p12"
  for file in /etc/ballast/authorities/*.crt; do
    [ -e "$file" ] || continue
    name=${file%.crt}
    keytool -importcert -noprompt -storetype PKCS12 -keystore "$RUN/authorities.p12" -storepass authorities -alias "${name##*/}" -file "$file" 2>/dev/null >&2 || {
      log "error: $file is no certificate"
      exit 1
    }
  done
  [ ! -e "$RUN/authorities.p12" ] || printf ' -Djavax.net.ssl.trustStore=%s -Djavax.net.ssl.trustStorePassword=authorities' "$RUN/authorities.p12"
}

# connects HOST:PORT
connects() {
  reaches "${1%:*}" "${1##*:}"
}

any_connects() {
  local server
  for server in "$@"; do
    if connects "$server"; then return 0; fi
  done
  return 1
}

# await_others: a proxy that finds no ZooKeeper, or one of its MySQLs not, ends, and kubelet lets it wait longer each time.
await_others() {
  local server
  # shellcheck disable=SC2086  # several servers
  until [ -z "${ZOOKEEPER:-}" ] || any_connects ${ZOOKEEPER//,/ }; do
    say "waiting for ZooKeeper at $ZOOKEEPER"
    sleep 0.5
  done
  for server in $UNITS; do
    until connects "$server"; do
      say "waiting for MySQL at $server"
      sleep 0.5
    done
  done
}

# What runs gets its answer. Then the proxy would keep its connections for 2 s more and answer nothing, so it ends at once.
# shellcheck disable=SC2154  # run_server sets server_pid
ask_to_end() {
  kill "$server_pid" 2>/dev/null || return 0
  sleep "$ANSWER_SECONDS"
  kill -KILL "$server_pid" 2>/dev/null || true
}

main() {
  local flags
  write_configuration
  flags=$(write_authorities)
  flags+=$(log_in_to_zookeeper)
  if [ -n "${JMX_AGENT:-}" ]; then
    # The proxy does not pass this setting of a pool on.
    echo registerMbeans=true >"$RUN/pools.properties"
    flags+=" -javaagent:$JMX_AGENT -Dhikaricp.configurationFile=$RUN/pools.properties"
  fi
  await_others
  # It writes beside where it is started.
  cd /tmp
  # shellcheck disable=SC2086  # several flags
  run_server "${JAVA:-java}" $JVM_FLAGS $flags -Djava.io.tmpdir=/tmp -Dlogback.configurationFile="$CONF/logback.xml" \
    -cp "$CONF:$PROXY/lib/*:/opt/driver/*" org.apache.shardingsphere.proxy.Bootstrap 3307 "$CONF"
}

[ -n "${BALLAST_TEST:-}" ] || main
