{{- define "mongodb.clustered" -}}{{ if eq .Values.architecture "replicaSet" }}true{{ end }}{{- end -}}
{{- define "mongodb.replicas" -}}{{ ternary (int .Values.replicas) 1 (eq .Values.architecture "replicaSet") }}{{- end -}}

{{/* Members that stay behind: those entries of `hidden`, as JSON. */}}
{{- define "mongodb.delayed" -}}
{{- $delayed := list -}}
{{- range .Values.hidden -}}{{- if gt (int .delaySeconds) 0 -}}{{- $delayed = append $delayed . -}}{{- end -}}{{- end -}}
{{- toJson $delayed -}}
{{- end -}}

{{/* What members shall be, as shape_of in files/decide.sh reads it. */}}
{{- define "mongodb.shapes" -}}
{{- $shapes := list -}}
{{- range .Values.hidden -}}
{{- $shapes = append $shapes (printf "%d=%s" (int .ordinal) (ternary (printf "delayed:%d" (int .delaySeconds)) "hidden" (gt (int .delaySeconds) 0))) -}}
{{- end -}}
{{- join " " $shapes | printf "%s\n" -}}
{{- end -}}

{{/* Host names of members, without some. Call: (dict "root" . "but" ENTRIES), the latter as `hidden` has them. */}}
{{- define "mongodb.memberHosts" -}}
{{- $without := list -}}
{{- range .but -}}{{- $without = append $without (int .ordinal) -}}{{- end -}}
{{- include "common.memberHosts" (dict "root" .root "replicas" (include "mongodb.replicas" .root) "without" $without) -}}
{{- end -}}

{{/*
WiredTiger's cache in bytes: 60 % of what the limit leaves after the server's own needs and the shell beside it (256 MiB); the rest is for connections, sorts and
indexes that are built. The server takes no less than 256 MiB. An estimate: it was measured nowhere yet.
*/}}
{{- define "mongodb.cache" -}}
{{- if .Values.cache -}}
{{- include "common.bytes" .Values.cache -}}
{{- else -}}
{{- $limit := include "common.bytes" .Values.resources.limits.memory | int64 -}}
{{- max 268435456 (mulf (sub $limit 268435456 | float64) 0.6 | floor | int64) -}}
{{- end -}}
{{- end -}}

{{/* Puts a setting into mongod.conf. Call: (dict "conf" MAP "path" LIST "value" TEXT) */}}
{{- define "mongodb.set" -}}
{{- $key := first .path -}}
{{- if eq (len .path) 1 -}}
{{- $_ := set .conf $key .value -}}
{{- else -}}
{{- if not (kindIs "map" (get .conf $key)) -}}{{- $_ := set .conf $key dict -}}{{- end -}}
{{- include "mongodb.set" (dict "conf" (get .conf $key) "path" (rest .path) "value" .value) -}}
{{- end -}}
{{- end -}}

{{/* The server's own file; the size of the cache in thousandths of a GiB, rounded down. */}}
{{- define "mongodb.conf" -}}
{{- $milli := div (mul (include "mongodb.cache" . | int64) 1000) 1073741824 -}}
{{- $settings := dict
  "net.port" "27017"
  "net.bindIpAll" "true"
  "processManagement.fork" "false"
  "replication.replSetName" "ballast"
  "security.authorization" "enabled"
  "security.keyFile" "/run/ballast/keyfile"
  "storage.dbPath" "/data/db"
  "storage.wiredTiger.engineConfig.cacheSizeGB" (printf "%d.%03d" (div $milli 1000) (mod $milli 1000)) -}}
{{- if .Values.tls.enabled -}}
{{- $settings = merge $settings (dict
  "net.tls.mode" "requireTLS"
  "net.tls.certificateKeyFile" "/run/ballast/server.pem"
  "net.tls.CAFile" "/etc/ballast/tls/ca.crt"
  "net.tls.allowConnectionsWithoutCertificates" "true") -}}
{{- end -}}
{{- range $key, $value := .Values.config -}}
{{- $_ := set $settings $key (include "common.scalar" $value) -}}
{{- end -}}
{{- $conf := dict -}}
{{- range $key, $value := $settings -}}
{{- include "mongodb.set" (dict "conf" $conf "path" (splitList "." $key) "value" $value) -}}
{{- end -}}
{{- /* Numbers and switches are no text to whoever reads this. */ -}}
{{- regexReplaceAll "(?m): \"(-?[0-9]+(?:\\.[0-9]+)?|true|false)\"$" (toYaml $conf) ": ${1}" }}
{{ end -}}

{{/* Collections, and users without their passwords. */}}
{{- define "mongodb.provision" -}}
{{- $users := list -}}
{{- range .Values.users -}}
{{- $roles := list -}}
{{- range .roles -}}{{- $roles = append $roles (dict "role" .role "db" .database) -}}{{- end -}}
{{- $users = append $users (dict "name" .name "roles" $roles) -}}
{{- end -}}
{{- dict "databases" (default list .Values.databases) "users" $users | toJson -}}
{{- end -}}

{{- define "mongodb.env" -}}
{{ include "common.env" . }}
- name: TLS
  value: {{ .Values.tls.enabled | quote }}
{{- end -}}

{{/* What a server's pod has of its own, by the value that can't have it a second time. */}}
{{- define "mongodb.own" -}}
extraEnv: [ARCHITECTURE, BASE, POD, PRIMARY_HOST, SUFFIX, TLS]
extraVolumes: [api-access, auth, data, run, scripts, tls, tmp]
extraVolumeMounts: [/data, /etc/ballast, /opt/ballast, /run/ballast, /tmp]
extraContainers: [mongodb, metrics]
extraInitContainers: [role]
{{- end -}}

{{/* Members that serve clients as HOST:PORT, with commas: where one of the set begins. */}}
{{- define "mongodb.hosts" -}}
{{- include "mongodb.memberHosts" (dict "root" . "but" .Values.hidden) | replace " " ":27017," -}}:27017
{{- end -}}

{{/* What common.sibling and common.uses tell others of the release. */}}
{{- define "mongodb.endpoint" -}}
host: {{ include "common.primaryHost" . }}
port: 27017
account:
  required: true
  users: {{ include "common.accounts" . }}
  spring:
    SPRING_DATA_MONGODB_USERNAME: $(USERNAME)
    SPRING_DATA_MONGODB_PASSWORD: $(PASSWORD)
    SPRING_DATA_MONGODB_AUTHENTICATION_DATABASE: admin
options:
  database:
    key: databases
    of:
      {{- range .Values.databases }}
      - {{ .name | quote }}
      {{- end }}
{{- if .Values.tls.enabled }}
ca: {{ include "common.tlsSecret" . | quote }}
{{- end }}
administrator: {secret: {{ include "common.authSecret" . | quote }}, key: root-password}
env:
  HOSTS: {{ include "mongodb.hosts" . }}
  REPLICA_SET: ballast
spring:
  SPRING_DATA_MONGODB_HOST: $(HOST)
  SPRING_DATA_MONGODB_PORT: $(PORT)
  SPRING_DATA_MONGODB_REPLICA_SET_NAME: $(REPLICA_SET)
  {{- if .Values.databases }}
  SPRING_DATA_MONGODB_DATABASE: $(DATABASE)
  {{- end }}
  {{- if .Values.tls.enabled }}
  SPRING_DATA_MONGODB_SSL_ENABLED: true
  SPRING_DATA_MONGODB_SSL_BUNDLE: mongodb
  SPRING_SSL_BUNDLE_PEM_MONGODB_TRUSTSTORE_CERTIFICATE: file:$(CA_FILE)
  {{- end }}
{{- end -}}
