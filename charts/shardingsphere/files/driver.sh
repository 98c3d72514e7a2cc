#!/bin/sh
# Init container: brings MySQL's driver to /driver: from URL, whose sum is SHA256 where that is told, or from the directory FROM of its own image.
set -eu

log() {
  printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*" >&2
}

if [ -n "${URL:-}" ]; then
  log "loading $URL"
  curl --fail --location --silent --show-error --connect-timeout 10 --retry 5 --retry-connrefused --output /driver/driver.jar "$URL" || {
    log "error: driver.url ($URL) can't be loaded from this pod: write one that can, or driver.image or driver.volume"
    exit 1
  }
  if [ -n "${SHA256:-}" ]; then
    sum=$(sha256sum /driver/driver.jar)
    [ "${sum%% *}" = "$SHA256" ] || {
      log "error: the sum of $URL is ${sum%% *}, and driver.sha256 is another"
      exit 1
    }
  fi
else
  cp "${FROM:-}"/*.jar /driver/ || {
    log "error: driver.path (${FROM:-}) of the driver's image has no jar"
    exit 1
  }
fi
