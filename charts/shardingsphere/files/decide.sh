#!/bin/bash
# shellcheck shell=bash
# What is decided here, and nothing else: no command, no file.

# statement ACT KIND NAME [BODY]: the DistSQL that does it, as DIALECT has it: 5.1 (as its parser takes it) or 5.5 (by its documentation). ACT is create, alter,
# drop, or show: all of the kind, whose first column is the name.
statement() {
  local act=$1 kind=$2 name=$3 body=${4:-} noun plural verb
  case $kind in
    database) noun=DATABASE plural=DATABASES ;;
    unit) if [ "$DIALECT" = 5.1 ]; then noun=RESOURCE plural='SCHEMA RESOURCES'; else noun='STORAGE UNIT' plural='STORAGE UNITS'; fi ;;
    readwrite) noun='READWRITE_SPLITTING RULE' plural='READWRITE_SPLITTING RULES' ;;
    table) noun='SHARDING TABLE RULE' plural='SHARDING TABLE RULES' ;;
    binding) if [ "$DIALECT" = 5.1 ]; then noun='SHARDING BINDING TABLE RULES' plural=$noun; else noun='SHARDING TABLE REFERENCE RULE' plural='SHARDING TABLE REFERENCE RULES'; fi ;;
    broadcast) if [ "$DIALECT" = 5.1 ]; then noun='SHARDING BROADCAST TABLE RULES' plural=$noun; else noun='BROADCAST TABLE RULE' plural='BROADCAST TABLE RULES'; fi ;;
    encrypt) noun='ENCRYPT RULE' plural='ENCRYPT RULES' ;;
    shadow) noun='SHADOW RULE' plural='SHADOW RULES' ;;
  esac
  case $kind.$DIALECT in
    binding.5.1) name='' body="(${3})" ;;
    binding.5.5) name=${3//,/__} ;;
    broadcast.5.1) name='' body="(${3})" ;;
  esac
  case $act.$kind.$DIALECT in
    create.unit.5.1) verb=ADD ;;
    create.unit.5.5) verb=REGISTER ;;
    drop.unit.5.5) verb=UNREGISTER ;;
    *) verb=${act^^} ;;
  esac
  case $act in
    show) printf 'SHOW %s' "$plural" ;;
    drop)
      case $kind.$DIALECT in
        # Whatever is named, 5.1 drops the whole list: the last table goes so, others by an `alter` with the rest.
        broadcast.5.1) printf 'DROP %s' "$noun" ;;
        binding.5.1) printf 'DROP %s %s' "$noun" "$body" ;;
        # Tables of no rule stay where they are, in MySQL: whether they have rows is asked before.
        unit.*) printf '%s %s %s IGNORE SINGLE TABLES' "$verb" "$noun" "$name" ;;
        *) printf '%s %s %s' "$verb" "$noun" "$name" ;;
      esac
      ;;
    *) printf '%s %s%s%s' "$verb" "$noun" "${name:+ $name}" "${body:+ $body}" ;;
  esac
}

# name_column KIND: which column of what is shown has the name.
name_column() {
  if [ "$1.$DIALECT" = shadow.5.5 ]; then echo 2; else echo 1; fi
}

# make_verdict KIND THERE RECORDED HASH: what is to be done with a rule: create, alter or leave.
#   THERE     yes | no: the proxies have one of that name
#   RECORDED  its sum when it was applied last; empty where nobody knows
# A storage unit is always told anew: its password, which is in no sum, may be another.
make_verdict() {
  case $1.$2 in
    *.no) echo create ;;
    database.* | binding.* | broadcast.*) echo leave ;;
    unit.*) echo alter ;;
    *) if [ "$3" = "$4" ]; then echo leave; else echo alter; fi ;;
  esac
}

# without NAME: reads names, a line each; prints the others, with commas between.
without() {
  grep -vxF "$1" | tr '\n' , | sed 's/,$//'
}

# moves RECORDED PLACEMENT: whether rows would be looked for elsewhere than where they are: no data is moved. What nobody remembers was not applied by this chart.
moves() {
  [ -n "$1" ] && [ "$1" != - ] && [ "$1" != "$2" ]
}

# speakable KEY VALUE: whether the proxy's language has a way to say it: it drops quotes and brackets wherever they stand, and 5.1 has names without quotes alone.
speakable() {
  case $2 in
    '' | *[\'\"\`\\]* | *'['* | *']'*) return 1 ;;
  esac
  [ "$DIALECT.$1" != 5.1.username ] || [[ $2 =~ ^[A-Za-z_$][A-Za-z0-9_$]*$ ]]
}
