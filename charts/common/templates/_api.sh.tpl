#!/bin/sh
# {{- define "common.api.sh" }}
# shellcheck shell=sh
# The Kubernetes API by curl. Sourced by the scripts that run in the curl image (sh, curl, sed, awk and nothing else).

api_account=${API_ACCOUNT:-/var/run/secrets/kubernetes.io/serviceaccount}
api_root="https://${KUBERNETES_SERVICE_HOST:-localhost}:${KUBERNETES_SERVICE_PORT:-443}"
# shellcheck disable=SC2034  # used by the scripts that source this
api_metadata='application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json'
# shellcheck disable=SC2034
api_metadata_list='application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json'

log() {
  printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*" >&2
}

# api METHOD PATH [curl options]: prints the answer; status 22 is an HTTP error. The token goes in by standard input, so that no
# process list shows it; a body goes in by --data-binary @FILE or, where it holds no secret, as an argument. The user agent is our own
# because the API server indents its JSON for curl's, and all parsing here wants it compact.
api() {
  api_method=$1
  api_path=$2
  shift 2
  IFS= read -r api_token <"$api_account/token" || [ -n "$api_token" ]
  printf 'header = "Authorization: Bearer %s"\n' "$api_token" |
    curl --config - --user-agent ballast --silent --show-error --fail-with-body --connect-timeout 2 --max-time 5 \
      --cacert "$api_account/ca.crt" --request "$api_method" "$@" "$api_root$api_path"
}

# api_exists PATH: 0 there, 1 not there; anything else is said and ends the script, because "not there" must never be guessed.
api_exists() {
  api_code=$(api GET "$1" --output /dev/null --write-out '%{http_code}' 2>/dev/null) || true
  case $api_code in
    200) return 0 ;;
    404) return 1 ;;
    *)
      log "error: the API answered '$api_code' to GET $1: check the service account's Role"
      exit 1
      ;;
  esac
}

# manifest KIND NAME VERSION [KEY=VALUE…]: a Secret's or ConfigMap's YAML with the labels LABELS; VERSION is the one that it replaces, empty for a new object. Values need no
# escaping: base64, names, numbers.
manifest() {
  printf 'apiVersion: v1\nkind: %s\nmetadata:\n  name: %s\n  labels: %s\n' "$1" "$2" "$LABELS"
  [ -z "$3" ] || printf '  resourceVersion: "%s"\n' "$3"
  echo 'data:'
  shift 3
  for manifest_entry in "$@"; do printf '  %s: "%s"\n' "${manifest_entry%%=*}" "${manifest_entry#*=}"; done
}

# json_string NAME: the first string value of that name in the JSON on standard input ('' when absent).
json_string() {
  awk -v name="\"$1\"" '
    { text = text $0 }
    END {
      at = index(text, name ":\"")
      skip = length(name) + 2
      if (!at) { at = index(text, name ": \""); skip = length(name) + 3 }
      if (!at) exit
      rest = substr(text, at + skip)
      print substr(rest, 1, index(rest, "\"") - 1)
    }'
}
# {{- end }}
