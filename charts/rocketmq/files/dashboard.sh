#!/bin/sh
# The dashboard's main process: its account and its own key to the brokers go to files in memory, never into arguments or the environment.
set -eu
umask 077
: "${RUN:=/run/ballast}" "${AUTH:=/etc/ballast/auth}"

# in_yaml: the text of standard input as a YAML scalar.
in_yaml() {
  printf "'%s'" "$(sed "s/'/''/g")"
}

configuration() {
  cat <<END
rocketmq:
  config:
    namesrvAddr: $NAME_SERVICE
    namesrvAddrs: [$NAME_SERVICE]
    isVIPChannel: false
    dataPath: $RUN/data
    loginRequired: true
    authMode: file
END
  [ "$AUTH_REQUIRED" = true ] || return 0
  printf '    accessKey: admin\n    secretKey: '
  in_yaml <"$AUTH/admin-password"
  echo
}

main() {
  mkdir -p "$RUN/data"
  # A file of properties: a backslash begins an escape.
  printf 'admin=%s,1\n' "$(sed 's/\\/\\\\/g' "$AUTH/dashboard-password")" >"$RUN/data/users.properties"
  configuration >"$RUN/dashboard.yml"
  # shellcheck disable=SC2086  # several flags
  exec java $JVM_FLAGS "-Dspring.config.additional-location=file:$RUN/dashboard.yml" -jar /rocketmq-dashboard.jar
}

[ -n "${BALLAST_TEST:-}" ] || main
