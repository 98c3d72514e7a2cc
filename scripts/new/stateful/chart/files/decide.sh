#!/bin/bash
# shellcheck shell=bash
# What a server does is decided here, and nothing else: no command, no file.

# decide ARCHITECTURE CONTENT FORMED: found (begin something new), start (with what is on the volume) or join (the cluster that there is).
#   CONTENT  empty | data      FORMED  true when a cluster exists
decide() {
  if [ "$2" = data ]; then
    echo start
  elif [ "$1" = standalone ] || [ "$3" != true ]; then
    echo found
  else
    echo join
  fi
}
