#!/bin/bash
# preStop: a rolling upgrade goes on as soon as a node takes clients, and its queues may still lack members then. So each waits with its own stop until every
# queue can do without it, and hands over what it leads.
set -eu
# shellcheck source=lib.sh
. /opt/ballast/lib.sh

node=$(node_of "$(ordinal_of "$POD")")
exec 2>/proc/1/fd/2
# Not with a majority, or not running: nothing to hand over.
PATIENCE=$((GRACE / 2 + 5)) tool "$node" rabbitmq-upgrade await_online_quorum_plus_one --timeout "$((GRACE / 2))" >&2 || log "stopping, though queues need this node"
PATIENCE=$((GRACE / 4)) tool "$node" rabbitmq-upgrade drain >&2 || log "could not hand over"
