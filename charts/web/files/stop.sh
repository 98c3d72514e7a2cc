#!/bin/sh
# preStop of the app: it ends after nginx has, which hands over to it what was asked before. A file that nginx left when it was killed holds nobody up for
# longer than the pod's own grace.
set -eu

while [ -e /run/ballast/nginx.pid ]; do sleep 0.2; done
