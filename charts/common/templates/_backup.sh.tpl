#!/bin/bash
# {{- define "common.backup.sh" }}
# shellcheck shell=bash
# A repository of restic's, for scripts in the servers' image, after hook.sh: what a command prints becomes a snapshot.
#
# Inputs: RESTIC_REPOSITORY; KEEPER, by whose name the snapshots of one release are told from others'; /etc/ballast/backup/{repository-password,access-key,secret-key,ca.crt},
# of which a repository without S3 needs the first alone; /opt/restic/restic.

store() {
  /opt/restic/restic --no-cache --quiet ${STORE_CA:+--cacert "$STORE_CA"} "$@"
}

# open_store: the repository's password and keys, as files and never as arguments.
open_store() {
  local keys=/etc/ballast/backup
  export RESTIC_PASSWORD_FILE=$keys/repository-password
  # Its S3 client reads these from a file only in the form of AWS' own tools.
  if [ -e "$keys/access-key" ]; then
    (
      umask 077
      printf '[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n' "$(cat "$keys/access-key")" "$(cat "$keys/secret-key")" >"$RUN/store-keys"
    )
    export AWS_SHARED_CREDENTIALS_FILE=$RUN/store-keys
  fi
  STORE_CA=''
  [ ! -e "$keys/ca.crt" ] || STORE_CA=$keys/ca.crt
}

store_there() {
  store cat config >/dev/null
}

# await_store [or-make]: waits until there is a repository that has this password. No time makes a wrong one right (restic's status 12), and where there is none (10), only who
# makes backups makes it.
await_store() {
  local status=0
  store_there 2>/dev/null || status=$?
  case $status.${1:-} in
    0.*) ;;
    12.*) refuse "repository-password of the Secret is not the password of the repository $RESTIC_REPOSITORY" ;;
    10.or-make)
      log "there is no repository at $RESTIC_REPOSITORY yet: making one"
      store init
      ;;
    10.*) refuse "there is no repository at $RESTIC_REPOSITORY" ;;
    *) wait_for 120 "the repository $RESTIC_REPOSITORY" store_there ;;
  esac
}

# keep NAME COMMAND…: a snapshot of what the command prints, as the file NAME; none where the command fails.
keep() {
  local name=$1
  shift
  store backup --host "$KEEPER" --tag ballast --stdin-filename "$name" --stdin-from-command -- "$@"
}

# thin_out: forgets the snapshots of this release that the arguments, restic's --keep-*, do not keep. A lock that a lost pod left is taken away once it is half an hour old.
thin_out() {
  store unlock
  store forget --host "$KEEPER" --tag ballast --group-by host --prune "$@"
}
# {{- end }}
