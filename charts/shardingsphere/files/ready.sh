#!/bin/bash
# Readiness: the proxy greets clients. The greeting is read to its end, because the proxy logs a client that goes before.
set -eu

# greeting: how many of its bytes came; its head says how many there are.
greeting() {
  local head low middle high
  # No process substitution: nobody waits for one, and a JVM that has become PID 1 never asks about processes that it inherits.
  head=$(head -c 4 | od -An -tu1)
  read -r low middle high _ <<<"$head"
  head -c $((low + middle * 256 + high * 65536)) | wc -c
}

exec 3<>/dev/tcp/127.0.0.1/3307
export -f greeting
[ "$(timeout 2 bash -c greeting <&3)" -gt 0 ] || {
  echo 'no greeting within 2 s'
  exit 1
}
