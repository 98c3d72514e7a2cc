#!/bin/sh
# The app container's main process: the server takes its place. Called with the server's name.
set -eu

server=$1
command -v "$server" >/dev/null || {
  echo "error: there is no $server on PATH of the image: install it there, or write another server" >&2
  exit 1
}
if [ -n "${PROMETHEUS_MULTIPROC_DIR:-}" ]; then
  # What processes of an earlier container left would be counted again.
  rm -rf "$PROMETHEUS_MULTIPROC_DIR"
  mkdir -p "$PROMETHEUS_MULTIPROC_DIR"
fi
case $server in
  gunicorn) exec gunicorn --config /opt/ballast/gunicorn.conf.py ;;
  uwsgi)
    # A full queue of a Unix socket refuses at once, and uWSGI does not start with a longer one than the kernel has.
    queue=$(cat /proc/sys/net/core/somaxconn)
    if [ "$queue" -gt 1024 ]; then queue=1024; fi
    # Python is a plugin of Debian's uWSGI, and built into that of PyPI.
    set -- --listen "$queue" --ini /opt/ballast/uwsgi.ini
    if ! uwsgi --help | grep -q -- --wsgi-file; then set -- --plugin python3 "$@"; fi
    exec uwsgi "$@"
    ;;
esac
