#!/bin/bash
# The proxy's main process: clients speak gRPC to it, and it speaks to the brokers.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

configuration() {
  # Clients are told to come to the port that they came to: it is another than the proxy's where it is a node's, or forwarded.
  printf '{"proxyMode":"CLUSTER","rocketMQClusterName":"%s","proxyClusterName":"%s","namesrvAddr":"%s","grpcServerPort":8081,"useEndpointPortFromRequest":true,"remotingListenPort":8080' \
    "$BASE" "$BASE" "$(name_servers 9876)"
  if [ "$AUTH_REQUIRED" = true ]; then
    printf ',"%sEnabled":true' authentication authorization
    # It signs what it asks brokers by tools.yml.
    printf ',"enableAclRpcHookForClusterMode":true'
    printf ',"authenticationProvider":"org.apache.rocketmq.auth.authentication.provider.DefaultAuthenticationProvider"'
    printf ',"authorizationProvider":"org.apache.rocketmq.auth.authorization.provider.DefaultAuthorizationProvider"'
    # Accounts and their ACLs are the brokers'.
    printf ',"authenticationMetadataProvider":"org.apache.rocketmq.proxy.auth.ProxyAuthenticationMetadataProvider"'
    printf ',"authorizationMetadataProvider":"org.apache.rocketmq.proxy.auth.ProxyAuthorizationMetadataProvider"'
    printf ',"innerClientAuthenticationCredentials":"%s"' "$(in_quotes "{\"accessKey\":\"ballast\",\"secretKey\":\"$(in_quotes "$(secret internal-password)")\"}")"
  fi
  printf '}\n'
}

main() {
  mkdir -p "$RUN/home/conf"
  (
    umask 077
    configuration >"$RUN/proxy.json"
    # A JSON string is a YAML one.
    [ "$AUTH_REQUIRED" != true ] || printf 'accessKey: ballast\nsecretKey: "%s"\n' "$(in_quotes "$(secret internal-password)")" >"$RUN/home/conf/tools.yml"
  )
  # One that finds no broker ends.
  until [ -n "$(ask_name_server 106 2>/dev/null | brokers_of)" ]; do
    say "waiting for a broker"
    sleep 1
  done
  export RMQ_PROXY_HOME=$RUN/home
  # shellcheck disable=SC2086  # several flags
  run_server java $JVM_FLAGS "-Duser.home=$RUN/home" "-Drocketmq.home.dir=$RUN/home" -Drocketmq.client.logUseSlf4j=true -Drmq.logback.configurationFile=/opt/ballast/logback.xml \
    -cp "$ROCKETMQ_HOME/lib/*" org.apache.rocketmq.proxy.ProxyStartup -pc "$RUN/proxy.json"
}

[ -n "${BALLAST_TEST:-}" ] || main
