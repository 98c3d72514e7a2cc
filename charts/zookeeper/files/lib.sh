#!/bin/bash
# Shared by the scripts in the server's image: names, words with servers, and the decisions that must be right (unit-tested in test/render).
# Needs bash, coreutils, java and the server's own scripts.
# shellcheck disable=SC1091
. "${SCRIPTS:-/opt/ballast}/common.sh"
# shellcheck source=decide.sh
. "${SCRIPTS:-/opt/ballast}/decide.sh"

# shellcheck disable=SC2034  # used by those who source this
DATA=${DATA:-/data}
# Ensembles have at most this many servers, with ordinals from 0.
# shellcheck disable=SC2034
MOST=7

host_of() {
  printf '%s-%s.%s' "$BASE" "$1" "$SUFFIX"
}

# ask HOST WORD SECONDS: the answer to a four-letter word, into `answer`; fails without one.
ask() {
  local fd line status=0
  answer=''
  { exec {fd}<>"/dev/tcp/$1/2181"; } 2>/dev/null || return 1
  { printf '%s' "$2" >&"$fd"; } 2>/dev/null || status=1
  while [ "$status" = 0 ]; do
    line=''
    read -r -t "$3" -u "$fd" line || status=$?
    [ "$status" != 0 ] && [ -z "$line" ] || answer+=$line$'\n'
  done
  exec {fd}>&-
  # 1 is the end; more is a silence.
  [ "$status" = 1 ] && [ -n "$answer" ]
}

# asked HOST WORD: the same from a process of its own, for names that may not resolve or hosts that may not answer.
asked() {
  # shellcheck disable=SC2016  # expanded by the inner bash
  timeout 2 bash -c 'exec 3<>"/dev/tcp/$0/2181" && printf %s "$1" >&3 && cat <&3' "$1" "$2" 2>/dev/null || true
}

# A server as zoo.cfg has it. Ids are ordinals plus 1: 0 is none. ORDINAL participant|observer
server_line() {
  printf 'server.%d=%s:2888:3888:%s;2181\n' "$(($1 + 1))" "$(host_of "$1")" "$2"
}

# content: of my volume, empty or data.
content() {
  { ls "$DATA/version-2" 2>/dev/null || true; } | holds
}

# client INPUT: commands to the ensemble, with the rights of super; prints what it says. The password is in a file: as a command (addauth) zkCli.sh would
# take quotes, backslashes and ! in it for its own, each version of it in another way.
client() {
  local server=${CLIENT_HOSTS:?}
  (
    umask 077
    zookeeper_login super "$(secret super-password)" >"$RUN/client.jaas"
  )
  echo '<configuration><root level="OFF"/></configuration>' >/tmp/quiet.xml
  printf '%s\nquit\n' "$1" |
    CLIENT_JVMFLAGS="-Xmx48m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Djava.security.auth.login.config=$RUN/client.jaas -Dzookeeper.fips-mode=false -Dlogback.configurationFile=/tmp/quiet.xml" \
      timeout 60 zkCli.sh -server "$server" -timeout 10000 2>&1 || true
}
