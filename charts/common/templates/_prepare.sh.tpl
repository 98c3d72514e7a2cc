#!/bin/sh
# {{- define "common.prepare.sh" }}
# shellcheck shell=sh disable=SC2154  # what sets.sh sets
# Hook before install and upgrade, in the curl image, behind api.sh and sets.sh. Refuses changes that would lose data, creates what must exist before the pods and must
# never be made twice (credentials, certificates, the group's identity), and grows volume claims.
#
# STATEFULSETS   lines "NAME REPLICAS": what the release is to be; REPLICAS is 0 for one that it has not
# ARCHITECTURE
# VOLUME_SIZE  of the claims; "none" or "claim NAME" where a single instance has none of its own
# LEASE        name of the Lease by which one member leads, for systems that have one
# CONVERTS     pairs "FROM:TO" of architectures that may become each other in place
# REPLACES     those of them for which the single instance has to end first
# FOUNDED      true where a single instance that is replaced counts as a cluster that exists: nobody but it may begin one
# CREDENTIALS  lines "SECRET KEY…": Secrets that get a random value for each key, a long one for KEY+, only where the Secret does not exist
# REFRESHED    lines "NAME REPLICAS": further StatefulSets whose pods read Secrets that may have changed
# EXPECTED     lines "SECRET KEY[:RULES]…": Secrets of the user's own that must exist with these keys, whose values keep the rules (see fault_of)
set -eu

# shrink_verdict FROM TO READY_SURVIVORS: may a group of FROM members become one of TO, of which READY_SURVIVORS are in the group now?
shrink_verdict() {
  if [ "$2" -ge "$1" ]; then
    echo ok
  elif [ "$3" -lt "$2" ]; then
    echo "only $3 of the $2 members that would stay are ready: repair them first, then shrink"
  else
    echo ok
  fi
}

# create PATH FILE: 409 means that another run was first, which is as good.
create() {
  code=$(api POST "$1" --header 'Content-Type: application/yaml' --data-binary "@$2" --output "$WORK/answer" \
    --write-out '%{http_code}') || true
  case $code in
    201 | 409) ;;
    *) refuse "the API answered '$code' when creating one of ${1##*/}: $(json_string message <"$WORK/answer")" ;;
  esac
}

# random_base64 BYTES: so many, as text in base64.
random_base64() {
  head -c "$1" /dev/urandom | base64 | tr -d '\n' | tr '+/' '-_' | base64 | tr -d '\n'
}

make_credentials() {
  printf '%s\n' "${CREDENTIALS:-}" | while read -r secret keys; do
    [ -n "$secret" ] || continue
    if api_exists "/api/v1/namespaces/$NAMESPACE/secrets/$secret"; then continue; fi
    set --
    for key in $keys; do
      case $key in
        *=*) set -- "$@" "${key%%=*}=$(printf '%s' "${key#*=}" | base64 | tr -d '\n')" ;;
        *+) set -- "$@" "${key%+}=$(random_base64 48)" ;;
        *) set -- "$@" "$key=$(random_base64 18)" ;;
      esac
    done
    (umask 077 && manifest Secret "$secret" '' "$@" >"$WORK/secret.yaml")
    create "/api/v1/namespaces/$NAMESPACE/secrets" "$WORK/secret.yaml"
    rm -f "$WORK/secret.yaml"
    log "created Secret $secret"
  done
}

# fault_of RULES: reads a value in base64, as a Secret has it; prints what is wrong with it and what to write instead, never the value; nothing when it keeps
# the rules. Whatever has rules is UTF-8 without control characters: a newline at the end, which echo leaves, would be part of the password for some programs
# and not for others. No rule: anything but nothing. With commas between:
#   text      no more than that
#   ascii     of ASCII alone
#   long      no rule, see CREDENTIALS
#   name      what an account may be called
#   plain     of letters, digits, dots, dashes and underscores: what may stand in a URL
#   =TEXT     this and nothing else
#   least=N   bytes at least
#   most=N    bytes at most
#   no-TEXT   without that: no-${, which Java's configuration files replace; also no-blank and no-comma
fault_of() {
  awk -v rules="$1" '
    { text = text $0 }
    END {
      alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
      sub(/=+$/, "", text)
      for (i = 1; i <= length(text); i++) {
        held = held * 64 + index(alphabet, substr(text, i, 1)) - 1
        bits += 6
        if (bits < 8) continue
        bits -= 8
        unit = bits == 4 ? 16 : bits == 2 ? 4 : 1
        byte[++last] = int(held / unit)
        held %= unit
      }
      if (!last) { print "is empty: give it a value"; exit }
      if (rules == "") exit
      if (byte[last] == 10) {
        print "ends with a newline, which echo leaves: make the Secret without it (printf %s, or kubectl create secret --from-literal)"
        exit
      }
      for (i = 1; i <= last; i++) {
        b = byte[i]
        if (b < 32 || b == 127) control = 1
        if (b > 127) wide = 1
        # What is not printable ASCII is in no rule.
        value = value (b < 32 || b > 126 ? "\001" : sprintf("%c", b))
        if (follow > 0) {
          if (b < 128 || b > 191) broken = 1
          follow--
        } else if (b > 127) {
          if (b < 194 || b > 244) broken = 1
          follow = b > 239 ? 3 : b > 223 ? 2 : 1
        }
      }
      if (control) { print "has a control character, such as a tab or a newline: leave it out"; exit }
      if (broken || follow > 0) { print "is not UTF-8: write it in UTF-8"; exit }
      count = split(rules, rule, ",")
      for (i = 1; i <= count; i++) {
        what = rule[i]
        sub(/^[^=-]*[=-]/, "", what)
        if (rule[i] == "ascii" && wide) print "has a character that is not ASCII: use letters, digits, punctuation and blanks of ASCII"
        else if (rule[i] == "name" && value !~ /^[A-Za-z0-9][A-Za-z0-9._-]*$/) print "is no name: begin with a letter or a digit, and go on with letters, digits, dots, dashes and underscores"
        else if (rule[i] == "plain" && value !~ /^[A-Za-z0-9._-]*$/) print "has a character that would not stay the same in a URL: use letters, digits, dots, dashes and underscores"
        else if (rule[i] ~ /^=/ && value != what) print "is not " what ", the name in the values: write the same"
        else if (rule[i] ~ /^least=/ && last < what + 0) print "has " last " bytes: write at least " what
        else if (rule[i] ~ /^most=/ && last > what + 0) print "has " last " bytes: write at most " what
        else if (rule[i] == "no-blank" && index(value, " ")) print "has a blank: leave it out"
        else if (rule[i] == "no-comma" && index(value, ",")) print "has a comma: leave it out"
        else if (rule[i] ~ /^no-/ && index(value, what)) print "has " what " in it, which would be replaced: leave it out"
        else continue
        exit
      }
    }'
}

check_expected() {
  printf '%s\n' "${EXPECTED:-}" | while read -r secret keys; do
    [ -n "$secret" ] || continue
    api_exists "/api/v1/namespaces/$NAMESPACE/secrets/$secret" ||
      refuse "Secret $secret does not exist in namespace $NAMESPACE: create it with the keys $(printf '%s' "$keys" | sed 's/:[^ ]*//g')"
    api GET "/api/v1/namespaces/$NAMESPACE/secrets/$secret" >"$WORK/answer"
    # Labels may have the names of keys.
    tr -d '\n' <"$WORK/answer" | sed -n 's/.*"data": *\({[^}]*}\).*/\1/p' >"$WORK/existing.json"
    for entry in $keys; do
      key=${entry%%:*} rules=''
      case $entry in *:*) rules=${entry#*:} ;; esac
      grep -q "\"$key\":" "$WORK/existing.json" || refuse "Secret $secret has no key $key: add it"
      fault=$(json_string "$key" <"$WORK/existing.json" | fault_of "$rules")
      [ -z "$fault" ] || refuse "Secret $secret, key $key: the value $fault"
    done
    rm -f "$WORK/existing.json" "$WORK/answer"
  done
}

make_certificates() {
  [ -n "${TLS_SECRET:-}" ] || return 0
  if api_exists "/api/v1/namespaces/$NAMESPACE/secrets/$TLS_SECRET"; then return 0; fi
  [ ! -e "$WORK/tls/error" ] || refuse "openssl in the server's image could not make a certificate: $(tail -n 1 "$WORK/tls/error")"
  set --
  for file in ca.crt tls.crt tls.key; do
    set -- "$@" "$file=$(base64 <"$WORK/tls/$file" | tr -d '\n')"
  done
  (umask 077 && manifest Secret "$TLS_SECRET" '' "$@" >"$WORK/secret.yaml")
  create "/api/v1/namespaces/$NAMESPACE/secrets" "$WORK/secret.yaml"
  rm -f "$WORK/secret.yaml"
  log "created Secret $TLS_SECRET with a self-signed certificate"
}

make_state() {
  [ -n "${STATE_CONFIGMAP:-}" ] || return 0
  formed=false
  [ "${FOUNDED:-}" != true ] || [ -z "$(for_each say_replaced)" ] || formed=true
  path="/api/v1/namespaces/$NAMESPACE/configmaps/$STATE_CONFIGMAP"
  if api_exists "$path"; then
    # One that an earlier installation left may say something else.
    [ "$formed" = false ] || api PATCH "$path" --header 'Content-Type: application/merge-patch+json' --data-binary '{"data":{"formed":"true"}}' --output /dev/null
    return 0
  fi
  manifest ConfigMap "$STATE_CONFIGMAP" '' "group=$(cat /proc/sys/kernel/random/uuid)" "formed=$formed" term=0 holder= grantedAt=0 primary= generation=0.0 >"$WORK/state.yaml"
  create "/api/v1/namespaces/$NAMESPACE/configmaps" "$WORK/state.yaml"
  log "created ConfigMap $STATE_CONFIGMAP"
}

make_lease() {
  [ -n "${LEASE:-}" ] || return 0
  leases=/apis/coordination.k8s.io/v1/namespaces/$NAMESPACE/leases
  if api_exists "$leases/$LEASE"; then return 0; fi
  printf 'apiVersion: coordination.k8s.io/v1\nkind: Lease\nmetadata:\n  name: %s\n  labels: %s\n' "$LEASE" "$LABELS" >"$WORK/lease.yaml"
  create "$leases" "$WORK/lease.yaml"
  log "created Lease $LEASE"
}

ready_survivors() {
  ordinal=0
  ready=0
  while [ "$ordinal" -lt "$1" ]; do
    if api GET "/api/v1/namespaces/$NAMESPACE/pods/$STATEFULSET-$ordinal" 2>/dev/null | tr -d ' \n' | grep -q '"type":"Ready","observedGeneration":[0-9]*,"status":"True"\|"type":"Ready","status":"True"'; then
      ready=$((ready + 1))
    fi
    ordinal=$((ordinal + 1))
  done
  echo "$ready"
}

# A StatefulSet's claim template can't be changed, so claims are grown one by one.
grow_claims() {
  verdict=$(volume_verdict "$old_size" "$VOLUME_SIZE")
  case $verdict in
    same) return 0 ;;
    grow) ;;
    *) refuse "$STATEFULSET: $verdict" ;;
  esac
  ordinal=0
  while [ "$ordinal" -lt "$current" ]; do
    claim="data-$STATEFULSET-$ordinal"
    if ! api PATCH "/api/v1/namespaces/$NAMESPACE/persistentvolumeclaims/$claim" --header 'Content-Type: application/merge-patch+json' \
      --data-binary "{\"spec\":{\"resources\":{\"requests\":{\"storage\":\"$VOLUME_SIZE\"}}}}" --output "$WORK/answer" 2>/dev/null; then
      refuse "claim $claim could not be grown to $VOLUME_SIZE: $(json_string message <"$WORK/answer")"
    fi
    ordinal=$((ordinal + 1))
  done
  log "grew $current claims from $old_size to $VOLUME_SIZE"
}

# say_replaced: the StatefulSet's name, where it is.
say_replaced() {
  look_at_set
  if is_replaced; then echo "$STATEFULSET"; fi
}

check_upgrade() {
  look_at_set
  current=$(api GET "$path/scale" | sed -n 's/.*"spec":{"replicas":\([0-9]*\)}.*/\1/p')
  current=${current:-0}
  # shellcheck disable=SC2153
  case " $architecture:$architecture $CONVERTS " in
    *" ${architecture:-$ARCHITECTURE}:$ARCHITECTURE "*) ;;
    *) refuse "$STATEFULSET: architecture can't go from $architecture to $ARCHITECTURE in place: set it back, or install a new release and copy the data (docs/moving.md)" ;;
  esac
  [ "${fixed:-$REPLICAS}" = "$REPLICAS" ] || refuse "$STATEFULSET has $fixed servers for good, because ${FIXED:-}"
  # A whole shard that goes has been emptied before.
  [ "$REPLICAS" != 0 ] || return 0
  if [ "$ARCHITECTURE" != standalone ] && [ "$current" -gt "$REPLICAS" ]; then
    verdict=$(shrink_verdict "$current" "$REPLICAS" "$(ready_survivors "$REPLICAS")")
    [ "$verdict" = ok ] || refuse "not shrinking $STATEFULSET from $current to $REPLICAS: $verdict"
  fi
  grow_claims
}

refresh_pod() {
  api PATCH "/api/v1/namespaces/$NAMESPACE/pods/$1" --header 'Content-Type: application/merge-patch+json' \
    --data-binary "{\"metadata\":{\"annotations\":{\"ballast.dev/refreshed\":\"$(date +%s)\"}}}" --output /dev/null 2>/dev/null || log "could not refresh pod $1"
}

# The kubelet refreshes a mounted Secret when it next looks at the pod, within a minute or two; a changed annotation makes it look now.
refresh_mounts() {
  current=$(api GET "/apis/apps/v1/namespaces/$NAMESPACE/statefulsets/$STATEFULSET/scale" | sed -n 's/.*"spec":{"replicas":\([0-9]*\)}.*/\1/p')
  ordinal=0
  while [ "$ordinal" -lt "${current:-0}" ]; do
    refresh_pod "$STATEFULSET-$ordinal"
    ordinal=$((ordinal + 1))
  done
}

# The same of pods that no upgrade has to be compared with.
refresh_others() {
  printf '%s\n' "${REFRESHED:-}" | while read -r name replicas; do
    ordinal=0
    while [ "$ordinal" -lt "${replicas:-0}" ]; do
      if api_exists "/api/v1/namespaces/$NAMESPACE/pods/$name-$ordinal"; then refresh_pod "$name-$ordinal"; fi
      ordinal=$((ordinal + 1))
    done
  done
}

main() {
  check_expected
  for_each check_upgrade
  make_credentials
  make_certificates
  make_state
  make_lease
  for_each refresh_mounts
  refresh_others
}

[ "${BALLAST_TEST:-}" ] || main
# {{- end }}
