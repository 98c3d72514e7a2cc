#!/bin/sh
# The pod network of one node: a point-to-point link for each pod, and a route to every other node's pods through that node.
# It watches the nodes, so a node that comes back with another address is reached as soon as it says so.
# In: NODE_NAME, POD_SUBNET, CONTROL_PLANE_ENDPOINT (host:port).
set -eu
account=/var/run/secrets/kubernetes.io/serviceaccount
conflist=/etc/cni/net.d/10-ballast.conflist

masquerade() {
  iptables -w -t nat "$1" POSTROUTING -s "$2" ! -d "$POD_SUBNET" -j MASQUERADE
}

# Pods talk to pods and nodes only: a test cluster has no business outside, and the address of a Service that is gone, which nothing translates any
# more, must lead nowhere instead of to whatever answers there.
isolate() {
  iptables -w -N BALLAST-EGRESS 2>/dev/null || iptables -w -F BALLAST-EGRESS
  for inside in "$POD_SUBNET" "$(ip -4 -o address show dev eth0 | awk '{ print $4; exit }')"; do
    iptables -w -A BALLAST-EGRESS -d "$inside" -j RETURN
  done
  iptables -w -A BALLAST-EGRESS -j DROP
  iptables -w -C FORWARD -s "$1" -j BALLAST-EGRESS 2>/dev/null || iptables -w -A FORWARD -s "$1" -j BALLAST-EGRESS
}

# The conflist is what tells kubelet that the network is ready, so it appears whole.
configure_node() {
  cat >"$conflist.new" <<CONFLIST
{"cniVersion": "0.4.0", "name": "ballast", "plugins": [
  {"type": "ptp", "ipMasq": false, "ipam": {"type": "host-local", "dataDir": "/run/cni-ipam-state",
    "routes": [{"dst": "0.0.0.0/0"}], "ranges": [[{"subnet": "$1"}]]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
CONFLIST
  mv "$conflist.new" "$conflist"
  # Pods see each other's addresses; only what leaves the pod network takes the node's.
  masquerade -C "$1" 2>/dev/null || masquerade -A "$1"
  isolate "$1"
}

while :; do
  kubectl --server "https://$CONTROL_PLANE_ENDPOINT" --certificate-authority "$account/ca.crt" --token "$(cat "$account/token")" \
    get nodes --watch \
    -o 'jsonpath={.metadata.name} {.spec.podCIDR} {.status.addresses[?(@.type=="InternalIP")].address}{"\n"}' |
    while read -r name cidr address; do
      [ -n "$address" ] || continue
      if [ "$name" = "$NODE_NAME" ]; then configure_node "$cidr"; else ip route replace "$cidr" via "$address"; fi
    done || true
  sleep 1
done
