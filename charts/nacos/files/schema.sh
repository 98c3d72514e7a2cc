#!/bin/bash
# Init container in the server's image: hands the image's own schema to the one that applies it.
set -eu
# shellcheck source=decide.sh
. /opt/ballast/decide.sh

schema_in </home/nacos/conf/mysql-schema.sql >/schema/schema.sql
[ -s /schema/schema.sql ] || {
  echo 'error: the image has no /home/nacos/conf/mysql-schema.sql' >&2
  exit 1
}
