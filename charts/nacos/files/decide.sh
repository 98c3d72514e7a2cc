#!/bin/bash
# shellcheck shell=bash
# What is decided here, and nothing else: no command, no file.

# publishes RECORDED THERE: whether the hook publishes a configuration: once, and never over what somebody else wrote.
#   RECORDED  yes | no: it was published by an earlier run   THERE  yes | no: the server has one of that name
publishes() {
  if [ "$1" = yes ]; then echo 'no, it was published before'; elif [ "$2" = yes ]; then echo 'no, there is one of that name'; else echo yes; fi
}

# schema_in: reads the image's schema; prints it as it can be applied again and again. Up to 2.3 it has the account nacos, whose password agent.sh changes.
schema_in() {
  sed -e 's/^CREATE TABLE \(IF NOT EXISTS \)*/CREATE TABLE IF NOT EXISTS /' -e 's/^INSERT INTO /INSERT IGNORE INTO /'
}

# up_in: reads the same; prints how many members are up.
up_in() {
  grep -o '"state":"UP"' | wc -l
}

# seen_in: reads the same; prints which members are up and which are not, the same text for as long as that does not change.
seen_in() {
  grep -oE '"(ip|state)":"[^"]*"' | sed 's/^"state":"[^U].*/not up/'
}
