#!/bin/sh
# `helm test`: every app that serves HTTP answers by its Service. What it answers is its own affair: a 404 of an app that has no page there is an answer.
# Inputs: TARGETS ("APP HOST:PORT" lines).
set -eu

printf '%s\n' "$TARGETS" | while read -r app address; do
  [ -n "$app" ] || continue
  code=$(curl --silent --output /dev/null --write-out '%{http_code}' --retry 5 --retry-connrefused --retry-delay 2 --max-time 10 "http://$address/") || {
    echo "$app does not answer at $address" >&2
    exit 1
  }
  echo "$app answers at $address ($code)"
done
