#!/bin/sh
# What every npm script goes through: makes the dependencies match package-lock.json, then runs scripts/NAME.ts.
set -eu
cd "$(dirname "$0")/.."

command -v node >/dev/null || {
  echo "error: node is not on PATH: install Node.js 20 or newer" >&2
  exit 1
}
major=$(node -p 'process.versions.node.split(".")[0]')
[ "$major" -ge 20 ] || {
  echo "error: Node.js $(node --version) is too old: install 20 or newer" >&2
  exit 1
}

stamp=node_modules/.ballast-lock
lock=$(sha256sum package-lock.json | cut -d' ' -f1)
if [ "$(cat "$stamp" 2>/dev/null)" != "$lock" ]; then
  echo "installing npm dependencies" >&2
  npm ci --loglevel=error >&2 || {
    echo "error: npm ci failed: check that the npm registry can be reached" >&2
    exit 1
  }
  printf '%s' "$lock" >"$stamp"
fi

command=$1
shift
exec node --import tsx --disable-warning=ExperimentalWarning "scripts/$command.ts" "$@"
