#!/bin/bash
# Shared by the scripts in the server's image: names, words with servers, and the decisions that must be right (unit-tested in test/render).
# Needs bash, coreutils, java and the server's own scripts.
# shellcheck disable=SC1091
. "${SCRIPTS:-/opt/ballast}/common.sh"

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

# status_of: reads the answer to srvr; prints "MODE EPOCH" (leader, follower, observer, standalone; the epoch of its last transaction), or
# "none 0" for a server that does not serve.
status_of() {
  local line mode=none zxid=0
  while read -r line; do
    case $line in
      Mode:*) mode=${line#Mode: } ;;
      Zxid:*) zxid=$((${line#Zxid: })) ;;
    esac
  done
  echo "$mode $((zxid >> 32))"
}

# membership: reads the answer to conf; prints "VERSION" and then the servers, a line each, as zoo.cfg has them. Nothing from a server that
# does not serve.
membership() {
  awk '
    { sub(/\r$/, "") }
    /^server\.[0-9]+=/ { servers = servers $0 "\n" }
    /^version=/ { version = substr($0, 9) }
    END { if (servers != "" && version != "") printf "%s\n%s", version, servers }'
}

# newest_membership: reads "VERSION SERVER,SERVER…" lines as peers told it; prints the newest, a server on each line. Versions are hexadecimal.
newest_membership() {
  local version servers newest='' best=-1
  while read -r version servers; do
    [ -n "$servers" ] || continue
    if [ $((16#$version)) -gt "$best" ]; then best=$((16#$version)) newest=$servers; fi
  done
  [ -z "$newest" ] || tr ',' '\n' <<<"$newest"
}

# A server as zoo.cfg has it. Ids are ordinals plus 1: 0 is none. ORDINAL participant|observer
server_line() {
  printf 'server.%d=%s:2888:3888:%s;2181\n' "$(($1 + 1))" "$(host_of "$1")" "$2"
}

# ordinals_of: reads servers; prints the ordinals of those that vote, ascending.
ordinals_of() {
  sed -n 's/^server\.\([0-9]*\)=.*:participant;.*/\1/p' | awk '{ print $1 - 1 }' | sort -n
}

# What an operator is told by a server that can't begin by itself.
no_vote='my volume is empty, an ensemble existed, and those that have its data lead nobody: bring them back, or set data.formed to "false" in the ConfigMap -state to give the empty servers a vote'

# empty_handed CONTENT MODE SECONDS FORMED: what about a running server: it has nothing and nobody leads it, since SECONDS?
#   fine | wait (say so) | restart (an operator gave it a vote, which it takes at its start)
empty_handed() {
  if [ "$1" = data ] || [ "$2" != none ] || [ "$3" -lt 15 ]; then
    echo fine
  elif [ "$4" = false ]; then
    echo restart
  else
    echo wait
  fi
}

# holds: reads the names of a volume's files; prints data or empty. An epoch alone is what a leader leaves that was gone before it gave its data.
holds() {
  if grep -q '^\(snapshot\|log\)\.'; then echo data; else echo empty; fi
}

# content: of my volume, empty or data.
content() {
  { ls "$DATA/version-2" 2>/dev/null || true; } | holds
}

# begin FORMED CONTENT MEMBERSHIP OWN_CONFIG ME: how does a member start?
#   FORMED      true when an ensemble existed once, unknown when that could not be read
#   CONTENT     empty | data, of my volume
#   MEMBERSHIP  member | stranger (peers told it, and I am in it or not) | unknown (nobody told)
#   OWN_CONFIG  yes when my volume has a list of members
# Prints
#   go          with the list on my volume
#   join        with the peers' list, as a server without a vote where I am not in it; nothing of mine counts before the leader's is here
#   found       as one of the first members: with a vote, though my volume is empty
#   restore     with the list that the chart's values give and the data on my volume
#   wait REASON
begin() {
  local formed=$1 content=$2 membership=$3 own=$4
  case $membership.$own.$formed in
    stranger.*) echo join ;;
    member.yes.*) echo go ;;
    member.no.*) echo join ;;
    unknown.*.unknown) echo "wait the role sidecar has not yet read whether an ensemble existed" ;;
    unknown.yes.false) [ "$content" = empty ] && echo found || echo go ;;
    unknown.yes.*) echo go ;;
    unknown.no.false) [ "$content" = empty ] && echo found || echo restore ;;
    unknown.no.*)
      if [ "$content" = data ]; then
        echo restore
      else
        echo "wait $no_vote"
      fi
      ;;
  esac
}

# login NAME PASSWORD: of a client, as Java reads it.
login() {
  printf 'Client {\n  org.apache.zookeeper.server.auth.DigestLoginModule required username="%s" password="%s";\n};\n' "$1" "$(in_quotes "$2")"
}

# client INPUT: commands to the ensemble, with the rights of super; prints what it says. The password is in a file: as a command (addauth) zkCli.sh would
# take quotes, backslashes and ! in it for its own, each version of it in another way.
client() {
  local server=${CLIENT_HOSTS:?}
  (
    umask 077
    login super "$(secret super-password)" >"$RUN/client.jaas"
  )
  echo '<configuration><root level="OFF"/></configuration>' >/tmp/quiet.xml
  printf '%s\nquit\n' "$1" |
    CLIENT_JVMFLAGS="-Xmx48m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Djava.security.auth.login.config=$RUN/client.jaas -Dzookeeper.fips-mode=false -Dlogback.configurationFile=/tmp/quiet.xml" \
      timeout 60 zkCli.sh -server "$server" -timeout 10000 2>&1 || true
}
