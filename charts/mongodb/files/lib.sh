#!/bin/bash
# Shared by the scripts in the server's image: names, words with servers, and the decisions that must be right (unit-tested in test/systems/mongodb).
# Needs bash, coreutils, mongod and mongosh.
# shellcheck source=../../common/templates/_agent.sh.tpl
. "${SCRIPTS:-/opt/ballast}/common.sh"
# shellcheck source=decide.sh
. "${SCRIPTS:-/opt/ballast}/decide.sh"

# shellcheck disable=SC2034  # used by those who source this
DATA=${DATA:-/data}
# Sets have at most this many members that vote, with ordinals from 0.
# shellcheck disable=SC2034
MOST=7
# mongosh writes below it, and reads from the environment where it is.
export HOME=/tmp AUTH BASE CA_FILE=/etc/ballast/tls/ca.crt SUFFIX TLS

host_of() {
  printf '%s-%s.%s' "$BASE" "$1" "$SUFFIX"
}

# others COUNT: the ordinals below it but my own.
others() {
  local ordinal
  for ((ordinal = 0; ordinal < $1; ordinal++)); do
    [ "$ordinal" = "$me" ] || printf '%s ' "$ordinal"
  done
}

# What members shall be, into `shapes`, as shape_of() reads it: it may change while this runs.
read_shapes() {
  IFS= read -r shapes <"${SCRIPTS:-/opt/ballast}/shapes"
}

# Its pipes are beside those of the container's other scripts.
session=shell$$

# ask SECONDS QUESTION…: a question to session.js, whose answer's lines go into `answer`; fails without one, and says there why. mongosh takes seconds to start.
ask() {
  local patience=$1 line
  shift
  answer=''
  if ! session_runs "$session"; then
    session_start "$session" unheard mongosh --nodb --quiet --norc "${SCRIPTS:-/opt/ballast}/session.js"
    patience=$((patience + 30))
  fi
  asked=$((${asked:-0} + 1))
  printf '%s %s\n' "$asked" "$*" >&"${session_in[$session]}"
  while read -r -t "$patience" -u "${session_out[$session]}" line; do
    case $line in
      "$asked end") return 0 ;;
      "$asked error "*)
        answer=${line#"$asked error "}
        return 1
        ;;
      "$asked "*) answer+=${line#"$asked "}$'\n' ;;
    esac
  done
  session_close "$session"
  answer="no answer within $patience s"
  return 1
}

# content: of my volume, as begin() has it.
content() {
  if [ ! -e "$DATA/db/WiredTiger" ]; then
    echo empty
  elif [ -e "$DATA/joined" ]; then
    echo set
  elif [ -e "$DATA/fresh" ]; then
    echo fresh
  else
    echo foreign
  fi
}

# tools_login: how mongodump and mongorestore reach the set's members, into the array of that name; the password is in a file, not among the arguments.
tools_login() {
  (
    umask 077
    printf 'password: "%s"\n' "$(in_quotes "$(secret root-password)")" >"$RUN/tools.yaml"
  )
  tools_login=(--config="$RUN/tools.yaml" --username=root --authenticationDatabase=admin --host="ballast/$SET_HOSTS")
  [ "$TLS" != true ] || tools_login+=(--ssl --sslCAFile="$CA_FILE")
}
