#!/bin/bash
# Readiness: the server answers. A connection alone is no proof, because the kernel takes it for a server that hangs. What is asked is which requests it
# knows (ApiVersions, version 0), which needs no login.
set -eu
port=9092
[ "$TLS" != true ] || port=9095
exec 3<>"/dev/tcp/127.0.0.1/$port"
printf '\0\0\0\x0e\0\x12\0\0\0\0\0\x01\0\x04ping' >&3
[ "$(timeout 3 head -c 8 <&3 | wc -c)" -eq 8 ] || {
  echo "no answer within 3 s"
  exit 1
}
