#!/bin/bash
# Hook Jobs: `provision` after install and upgrade (`accounts`, beside it, for apps of the release) makes databases, storage units and rules as /opt/ballast/plan has them,
# and removes those that it made once and that are no longer there; `drain` before an upgrade refuses what would leave rows behind. Interrupted, the next run goes on.
# RECORDED: what was applied last, a line each: DATABASE KIND NAME HASH PLACEMENT TABLE.
# All is said to one proxy, and nothing before it knows what was said last: a proxy makes the whole list of rules anew from the one that it knows.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh
# shellcheck disable=SC1091
. /opt/ballast/hook.sh

PLAN=${PLAN:-/opt/ballast/plan}

# recorded DATABASE KIND NAME FIELD: the HASH (4) or PLACEMENT (5) that was applied last.
recorded() {
  awk -v d="$1" -v k="$2" -v n="$3" -v f="$4" '$1 == d && $2 == k && $3 == n { print $f }' <<<"${RECORDED:-}"
}

# planned DATABASE KIND NAME: whether it is to be there.
planned() {
  awk -F'\t' -v d="$1" -v k="$2" -v n="$3" '$1 == d && $2 == k && $3 == n { found = 1 } END { exit !found }' "$PLAN"
}

# asked DATABASE SQL: the proxy's answer, into `answer`; or fails, with `reason`.
asked() {
  answer=$(sql "--database=$1" <<<"$2" 2>"$RUN/.refusal") || {
    reason=$(tail -n 1 "$RUN/.refusal")
    return 1
  }
}

# look DATABASE KIND NAME: what the proxy says of it, without what is secret, into `seen`; or fails, with `reason`.
look() {
  local name=$3
  [ "$2.$DIALECT" != binding.5.5 ] || name=${3//,/__}
  asked "$1" "$(statement show "$2" "$name")" || return 1
  seen=$(awk -F'\t' -v kind="$2" -v name="$name" -v column="$(name_column "$2")" '
    $column == name { last = kind == "unit" ? 5 : kind == "encrypt" ? 3 : NF; line = $1; for (i = 2; i <= last; i++) line = line " " $i; print line }' <<<"$answer")
}

# For those who wait: a proxy that does not answer has not yet what is waited for.
there() {
  if [ "$2" = database ]; then database "$1"; else look "$@" && [ -n "$seen" ]; fi
}
absent() {
  local told=0
  if [ "$2" = database ]; then
    database "$1" || told=$?
    [ "$told" = 1 ]
  else
    look "$@" && [ -z "$seen" ]
  fi
}

# has DATABASE KIND NAME: for those who decide, as has_database.
has() {
  if [ "$2" = database ]; then
    seen=''
    has_database "$1"
  else
    look "$@" || untold "whether it has $2 $3 of $1"
    [ -n "$seen" ]
  fi
}

# rows DATABASE TABLE: whether it has any. A table that nobody made has none.
rows() {
  if ! asked "$1" "SELECT 1 FROM $2 LIMIT 1"; then
    case $reason in
      *"doesn't exist"* | *'not exist'*) return 1 ;;
      *) untold "whether $1.$2 has rows" ;;
    esac
  fi
  [ -n "$answer" ]
}

# fill BODY: puts what Secrets have in place of @{PATH}, into `filled`.
fill() {
  local path value name
  filled=$1
  while [[ $filled =~ @\{((units|keys)/[A-Za-z0-9._/-]+)\} ]]; do
    path=${BASH_REMATCH[1]} name=${BASH_REMATCH[1]%/*}
    case $path in
      units/*) value=$(cat "/etc/ballast/units/${path#units/}") ;;
      *) value=$(cat "/etc/ballast/keys/${path#keys/}") ;;
    esac
    if ! speakable "${path##*/}" "$value"; then
      refuse "${path##*/} in Secret ${name#*/} has a character that the proxy's language can't say (quotes, brackets, backslashes; with 5.1 also what is no letter, digit or _ in a name): use another"
    fi
    filled=${filled//"@{$path}"/"$value"}
  done
}

# leaving: what is no longer planned, and what would be looked for elsewhere, a line each: DATABASE KIND NAME TABLE HOW.
# shellcheck disable=SC2034  # fields of a line
leaving() {
  local database kind name hash placement table body
  while read -r database kind name hash placement table; do
    [ -n "$database" ] || continue
    if ! planned "$database" "$kind" "$name"; then echo "$database $kind $name $table removed"; fi
  done <<<"${RECORDED:-}"
  while IFS=$'\t' read -r database kind name hash placement table body; do
    if moves "$(recorded "$database" "$kind" "$name" 5)" "$placement"; then echo "$database $kind $name $table moved"; fi
  done <"$PLAN"
}

# refuse_with_rows LEAVING
refuse_with_rows() {
  local database kind name table how
  local -a single
  while read -r database kind name table how <&3; do
    if [ "$kind.$how" = unit.moved ] && [ "$DIALECT" != 5.1 ]; then
      refuse "databases: storage unit $name of $database has another host, port or database than before, which the proxy can't change: write it as it was, or a unit of another name"
    elif [ "$kind.$how" = unit.removed ] && has_database "$database"; then
      asked "$database" 'SHOW SINGLE TABLES' || untold "which tables $name of $database has"
      mapfile -t single < <(awk -F'\t' -v unit="$name" '$2 == unit { print $1 }' <<<"$answer")
      for table in "${single[@]}"; do
        if rows "$database" "$table"; then
          refuse "databases: storage unit $name of $database is no longer there, and $table in it has rows, which nobody would find any more: delete or move them first, or keep the unit"
        fi
      done
      continue
    fi
    if [ -z "$database" ] || [ "$table" = - ]; then continue; fi
    if has_database "$database" && has "$database" "$kind" "$name" && rows "$database" "$table"; then
      if [ "$how" = removed ]; then
        refuse "databases: the $kind rule of $table in $database is no longer there, and the table has rows, which nobody would find any more: delete or move them first, or keep the rule"
      else
        refuse "databases: the $kind rule of $table in $database looks for rows elsewhere than before, and the table has some, which nobody moves: write the rule as it was, or copy the rows into a new table"
      fi
    fi
  done 3<<<"$1"
}

# told DATABASE KIND STATEMENT: whether the proxy took it, or why not, into `reason`. It may repeat what it was told.
told() {
  local at=("--database=$1")
  [ "$2" != database ] || at=()
  sql "${at[@]}" <<<"$3" 2>"$RUN/.answer" >/dev/null || {
    reason=$(tail -n 1 "$RUN/.answer" | sed -E "s/(PASSWORD *=|aes-key-value' *=) *'[^']*'/\1…/g")
    return 1
  }
}

# tell DATABASE KIND NAME STATEMENT: a storage unit is taken once its MySQL lets the proxy in, which a hook beside this one may be about to see to.
tell() {
  if [ "$2" = unit ]; then
    wait_for 120 "the MySQL of unit $3 of $1 to let the proxy in" told "$1" "$2" "$4"
  elif ! told "$1" "$2" "$4"; then
    log "error: the proxy refuses $2 $3 of $1: $reason"
    exit 1
  fi
}

# list_of_broadcast DATABASE: those that there are, a line each, into `answer`: 5.1 has one list of all.
list_of_broadcast() {
  asked "$1" "$(statement show broadcast all)" || untold "which tables of $1 are broadcast"
}

# remove LEAVING: last what was made first.
remove() {
  local database kind name table how act what
  # shellcheck disable=SC2034  # fields of a line
  while read -r database kind name table how <&3; do
    [ "$how" = removed ] || continue
    if ! has_database "$database" || ! has "$database" "$kind" "$name"; then continue; fi
    log "$database: $kind $name before: $seen"
    act=drop what=$name
    if [ "$kind.$DIALECT" = broadcast.5.1 ]; then
      list_of_broadcast "$database"
      what=$(without "$name" <<<"$answer")
      [ -z "$what" ] || act=alter
    fi
    tell "$database" "$kind" "$name" "$(statement "$act" "$kind" "${what:-$name}")"
    wait_for 30 "the proxy to forget $kind $name of $database" absent "$database" "$kind" "$name"
    log "$database: $kind $name is gone"
  done 3< <(tac <<<"$1")
}

# make_one DATABASE KIND NAME HASH BODY
make_one() {
  local database=$1 kind=$2 name=$3 is=no verdict before='' others='' act
  if has "$database" "$kind" "$name"; then is=yes before=$seen; fi
  verdict=$(make_verdict "$kind" "$is" "$(recorded "$database" "$kind" "$name" 4)" "$4")
  [ "$verdict" != leave ] || return 0
  fill "$5"
  act=$verdict
  if [ "$kind.$DIALECT" = broadcast.5.1 ]; then
    list_of_broadcast "$database"
    if [ -n "$answer" ]; then act=alter others=${answer//$'\n'/,},; fi
  fi
  tell "$database" "$kind" "$name" "$(statement "$act" "$kind" "$others$name" "$filled")"
  if [ "$verdict" = create ]; then
    wait_for 30 "the proxy to know $kind $name of $database" there "$database" "$kind" "$name"
    log "$database: $kind $name is made${seen:+: $seen}"
    return 0
  fi
  # What looks as before may be told all the same: a password is not shown.
  for _ in {1..10}; do
    if look "$database" "$kind" "$name" && [ "$seen" != "$before" ]; then break; fi
    sleep 0.2
  done
  if [ "$seen" = "$before" ]; then log "$database: $kind $name is told again: $before"; else log "$database: $kind $name before: $before, after: $seen"; fi
}

make() {
  local database kind name hash placement table body
  # shellcheck disable=SC2034  # fields of a line
  while IFS=$'\t' read -r database kind name hash placement table body <&3; do
    make_one "$database" "$kind" "$name" "$hash" "$body"
  done 3<"$PLAN"
}

all_there() {
  local database kind name rest
  # shellcheck disable=SC2034  # fields of a line
  while IFS=$'\t' read -r database kind name rest <&3; do
    reason="$kind $name of $database is missing"
    there "$database" "$kind" "$name" || return 1
  done 3<"$PLAN"
}

# finds_proxy: the first that lets root in, by address: all runs of this script speak to one and the same.
finds_proxy() {
  local address
  reason="$MEMBERS_HOST has no proxy"
  for address in $(getent ahosts "$MEMBERS_HOST" | awk '{ print $1 }' | sort -u); do
    client_file "$address"
    if sql </dev/null 2>"$RUN/.refusal"; then return 0; fi
    reason=$(tail -n 1 "$RUN/.refusal")
    case $reason in
      *'Access denied'*) reason="$reason: proxies learn of a changed root-password when one starts (kubectl rollout restart deployment ${MEMBERS_HOST%-members.*})" ;;
    esac
  done
  return 1
}

provision() {
  local gone
  wait_for 300 "a proxy to let root in" finds_proxy
  gone=$(leaving)
  refuse_with_rows "$gone"
  remove "$gone"
  make
  # Another run at the same time may have begun with a list that lacked something.
  all_there || make
  wait_for 30 "the proxy to have all" all_there
}

accounts() {
  provision
}

drain() {
  local gone
  gone=$(leaving)
  [ -n "$gone" ] || return 0
  wait_for 120 "a proxy to let root in" finds_proxy
  refuse_with_rows "$gone"
}

[ -n "${BALLAST_TEST:-}" ] || "$@"
