#!/bin/bash
# helm test: what is registered through the Service can be got from every server.
set -eu
# shellcheck disable=SC1091
. /opt/ballast/common.sh

authorization=
[ ! -e /etc/ballast/auth/password ] ||
  authorization="Authorization: Basic $(printf 'eureka:%s' "$(cat /etc/ballast/auth/password)" | base64 -w 0)"

# http METHOD HOST PATH [BODY]: prints the answer; fails where its status is none of success.
http() {
  local status
  exec 3<>"/dev/tcp/$2/8761"
  {
    printf '%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nAccept: application/json\r\n' "$1" "$3" "$2"
    [ -z "$authorization" ] || printf '%s\r\n' "$authorization"
    printf 'Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s' "${#4}" "$4"
  } >&3
  IFS= read -r status <&3
  cat <&3
  exec 3>&-
  [[ $status =~ ^HTTP/1\.1\ 2 ]] || {
    log "error: $2 answered $1 $3 with ${status%$'\r'}"
    return 1
  }
}

id=test-$(cat /proc/sys/kernel/random/uuid)
app=BALLAST-HELM-TEST
# The name of a class has a dollar.
# shellcheck disable=SC2016
instance='{"instance":{"instanceId":"'$id'","hostName":"'$id'","app":"'$app'","ipAddr":"127.0.0.1","status":"UP","port":{"$":1,"@enabled":"true"},
"dataCenterInfo":{"@class":"com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo","name":"MyOwn"}}}'
for host in "$SERVICE_HOST" $MEMBER_HOSTS; do await_port "$host" 8761; done
http POST "$SERVICE_HOST" "/eureka/apps/$app" "$instance" >/dev/null
log "registered $id through $SERVICE_HOST"
for host in $MEMBER_HOSTS; do
  for ((left = 20; ; left--)); do
    ! http GET "$host" "/eureka/apps/$app/$id" '' | grep -q "\"$id\"" || break
    [ "$left" -gt 0 ] || {
      log "error: $host does not have $id after 10 s"
      exit 1
    }
    sleep 0.5
  done
  log "got it from $host"
done
http DELETE "$SERVICE_HOST" "/eureka/apps/$app/$id" '' >/dev/null
