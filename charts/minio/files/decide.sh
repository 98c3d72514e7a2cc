#!/bin/bash
# shellcheck shell=bash
# What is decided, and nothing else: no command, no file. Unit-tested by tables in test/systems/minio.

# begin ARCHITECTURE CONTENT POOL FORMED OTHERS: how does a server of pool number POOL start?
#   CONTENT  empty | data, of my volume
#   FORMED   pools that are known to have had their data; 0 where none is
#   OTHERS   words on other servers, each serving, waiting (for others) or away: of my pool where it is known to exist, or else of those before it
# Prints go, or wait REASON. MinIO formats a pool by itself when it sees all its volumes, and all of them empty; this holds servers back where that would be wrong.
begin() {
  local architecture=$1 content=$2 pool=$3 formed=$4 others=$5
  if [ "$content" = data ] || [ "$architecture" = standalone ] || [ "$formed" = 0 ]; then
    echo go
  elif [ "$pool" -le "$formed" ]; then
    # All volumes may be lost: an empty store must not take the place of the one that was.
    [[ " $others " == *' serving '* ]] && echo go || echo "wait my volume is empty, this pool had data, and no server of it serves: bring those that have it back; only where it is lost for good, delete the key pools of the ConfigMap -state, and then the pods"
  elif [[ " $others " == *' serving '* ]]; then
    # Who serves without this pool would not find what others put there.
    echo "wait the servers before this pool have not all been restarted, and do not know it yet"
  else
    echo go
  fi
}

# passes SECONDS LIMIT OTHERS: may a rolling upgrade go on, though this server has been waiting for SECONDS instead of serving? MinIO's servers don't start before half of
# the others have the same program, settings, password and pools: of an upgrade that changes one of these, the first servers have to wait for the next. At most LIMIT may.
# One that turns TLS on or off parts the servers: those of one kind don't reach the volumes of the others, and no half can serve. So it goes through all of them at once.
#   OTHERS  words on all others, as above, and unlike for one that answers by the other scheme
passes() {
  local seconds=$1 limit=$2 word serving=0 waiting=1
  for word in $3; do
    case $word in
      serving) serving=$((serving + 1)) ;;
      waiting) waiting=$((waiting + 1)) ;;
      unlike) return 0 ;;
    esac
  done
  # Nobody serves: nothing is being upgraded one after the other.
  [ "$serving" -gt 0 ] && [ "$waiting" -le "$limit" ] || return 1
  # Where the others serve, a server that can serve does within seconds. One that sees another wait need not be so sure.
  [ "$seconds" -ge 20 ] || { [ "$waiting" -gt 1 ] && [ "$seconds" -ge 5 ]; }
}

# connected WHOLE SECONDS: may a server be asked that has served for SECONDS? One that began when not all others served (WHOLE is no) lacks connections to some volumes, for
# which MinIO looks every 15 s (defaultMonitorConnectEndpointInterval in its cmd/erasure-sets.go). Until then it may say of an object that there is none.
connected() {
  [ "$1" = yes ] || [ "$2" -ge 17 ]
}
