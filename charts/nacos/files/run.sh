#!/bin/bash
# The nacos container's main process: writes the configuration, starts what looks after it, and becomes the server.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

CONF=$RUN/conf

# write_configuration: the server's properties with what is secret, where only the server's user can read.
write_configuration() {
  local sum
  mkdir -p "$CONF"
  sum=$(secret token-secret | sha256sum)
  (
    umask 077
    {
      cat /opt/ballast/application.properties
      # Base64 of at least 32 bytes is wanted; a sum in hexadecimal digits is that of 48.
      echo "nacos.core.auth.plugin.nacos.token.secret.key=${sum%% *}"
      echo "nacos.core.auth.server.identity.key=$(secret identity-key)"
      echo "nacos.core.auth.server.identity.value=$(in_properties "$(secret identity-value)")"
      if [ "$ARCHITECTURE" = cluster ]; then
        echo "db.user.0=${DATABASE_USER:-$(cat /etc/ballast/database/username)}"
        echo "db.password.0=$(in_properties "$(cat /etc/ballast/database/password)")"
      fi
    } >"$CONF/application.properties"
  )
}

# set_aside_unfinished: a store that a first start had not finished when it was stopped, which Derby refuses for good. Derby writes service.properties
# last, and agent.sh remembers a password once the administrator has it: without both, nobody has ever been let into that store.
set_aside_unfinished() {
  local store=$DATA/data/derby-data
  if [ ! -d "$store" ] || [ -e "$store/service.properties" ] || [ -e "$DATA/.admin-password" ]; then return; fi
  rm -rf "$store.unfinished"
  mv "$store" "$store.unfinished"
  log "the store in $store was never finished: moved to $store.unfinished, and a new one is made"
}

main() {
  rm -f "$RUN/settled"
  mkdir -p "$DATA/conf"
  write_configuration
  if [ "$ARCHITECTURE" = cluster ]; then
    mode=-Dnacos.standalone=false
    write_members
  else
    mode=-Dnacos.standalone=true
    set_aside_unfinished
  fi
  run_agent &
  # Java 9 and newer lets nobody look inside without these, and Java 8 knows neither them nor this variable.
  export JDK_JAVA_OPTIONS='--add-opens=java.base/java.lang=ALL-UNNAMED --add-opens=java.base/java.lang.reflect=ALL-UNNAMED --add-opens=java.base/java.util=ALL-UNNAMED'
  cd "$RUN"
  # shellcheck disable=SC2086  # several flags
  run_server "${JAVA:-java}" $JVM_FLAGS $mode "-Dnacos.home=$DATA" "-Dnacos.server.ip=$(host_of "$(ordinal_of "$POD")")" -Djava.io.tmpdir=/tmp \
    -jar /home/nacos/target/nacos-server.jar "--spring.config.additional-location=file:$CONF/" --logging.config=/opt/ballast/logback.xml
}

[ -n "${BALLAST_TEST:-}" ] || main
