#!/bin/bash
# {{- define "common.restore.sh" }}
# shellcheck shell=bash
# Fills an empty release from a snapshot, byte for byte or not at all; after store.sh. Input: RESTORE, which snapshot, or empty.

# bring_back SNAPSHOT NAME: prints it.
bring_back() {
  store dump --host "$KEEPER" --tag ballast "$1" "/$2"
}

# restorable SNAPSHOT NAME: whether it can be read to its end: restic compares every piece with its checksum, and there is no snapshot of a command that failed.
restorable() {
  bring_back "$@" >/dev/null
}

# restore_verdict STATE THINGS: may a backup be loaded into this release? STATE of the time before: never, loading or loaded; THINGS of users, such as tables, that there are.
# Prints skip, load, or why not.
restore_verdict() {
  case $1 in
    loaded) echo skip ;;
    never)
      if [ "$2" = 0 ]; then
        echo load
      else
        echo "backup.restore.snapshot is for an empty release, and this one has data: install another release with it, or leave it empty"
      fi
      ;;
    *) echo "a backup was begun to be loaded here, and not to its end: delete the release with its volumes, and install it again" ;;
  esac
}

# restore NAME: fills a release that has nothing with the file of the snapshot RESTORE, where that is not empty. Of the chart's own: `filled` sets `state` and `things`
# for restore_verdict, `mark STATE` remembers the former, and `load` takes the file by its standard input.
restore() {
  local state things verdict
  [ -n "$RESTORE" ] || return 0
  filled
  verdict=$(restore_verdict "$state" "$things")
  case $verdict in
    skip) return 0 ;;
    load) ;;
    *) refuse "$verdict" ;;
  esac
  open_store
  await_store
  log "reading the backup $RESTORE of $KEEPER to its end, before anything of it is loaded"
  restorable "$RESTORE" "$1" || refuse "the backup $RESTORE of $KEEPER in $RESTIC_REPOSITORY can't be read to its end, and nothing was loaded: see above why"
  mark loading
  log "loading it"
  (
    set -o pipefail
    bring_back "$RESTORE" "$1" | load
  ) || refuse "the backup was not loaded as a whole: delete the release with its volumes, and install it again"
  mark loaded
  log "loaded the backup $RESTORE of $KEEPER"
}
# {{- end }}
