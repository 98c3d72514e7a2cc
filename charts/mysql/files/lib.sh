#!/bin/bash
# Shared by the scripts of the mysql container: paths, SQL, and the decisions that must be right (unit-tested in test/render).
# Needs bash, coreutils, mysqld and mysql.

# shellcheck source=../../common/templates/_agent.sh.tpl
. "${SCRIPTS:-/opt/ballast}/common.sh"
# shellcheck source=decide.sh
. "${SCRIPTS:-/opt/ballast}/decide.sh"

DATA=${DATA:-/var/lib/mysql}

member_host() {
  printf '%s-%s.%s' "$BASE" "$1" "$SUFFIX"
}

# A client option file with its character set, which the client would take from the container's locale, and so that no password stands on a command line. client_file FILE USER PASSWORD
client_file() {
  (
    umask 077
    printf '[client]\nuser=%s\npassword="%s"\n[mysql]\ndefault-character-set=utf8mb4\n' "$2" "$(in_quotes "$3")" >"$1.new"
  )
  mv "$1.new" "$1"
}

# As root over the socket: the server knows the operating system's user (auth_socket), no password is involved.
local_client=(mysql --no-defaults --default-character-set=utf8mb4 --user=root --socket="$RUN/mysqld.sock" --batch --raw --skip-column-names --connect-timeout=3)

local_sql() {
  "${local_client[@]}" "$@"
}

# remote_sql ORDINAL SECONDS: SQL from standard input to a peer, as the replication account.
remote_sql() {
  timeout "$2" mysql --defaults-file="$RUN/replication.cnf" --host="$(member_host "$1")" --ssl-mode=VERIFY_CA --ssl-ca=/etc/ballast/tls/ca.crt \
    --batch --raw --skip-column-names --connect-timeout=2
}

# clone_above NUMBER: how many transactions this member may lack before a copy is quicker. One that became a copy a few minutes ago follows whatever it lacks: under many writes that is more than
# that already once its server has started, and copying would never end.
clone_above() {
  local copied=0
  read -r copied 2>/dev/null <"$RUN/copied" || true
  epoch
  if [ $((now - copied)) -lt 600 ]; then echo 9223372036854775807; else echo "$1"; fi
}

kib_left() {
  { read -r _ && read -r left; } < <(df -k --output=avail "$DATA") || left=65536
}

# no_room COMMITS: whether a primary's volume is full, looked at where so many commits wait for 5 s: they would for ever. Not again within ten minutes, because where all
# volumes are full, members would end each other's turn.
no_room() {
  if [ "$1" = 0 ]; then
    waiting_since=''
    return 1
  fi
  epoch
  [ -n "${waiting_since:-}" ] || waiting_since=$now
  [ $((now - waiting_since)) -ge 5 ] || return 1
  waiting_since=$now
  kib_left
  [ "$left" -lt 1024 ] && [ $((now - ${gave_up_at:-0})) -ge 600 ] && gave_up_at=$now
}

give_up() {
  say "my volume is full, and others can go on: ending the server"
  kill -KILL "$(cat "$RUN/mysqld.pid")" || true
}
