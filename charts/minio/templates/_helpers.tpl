{{/* Sizes of the pools, blanks between them. */}}
{{- define "minio.pools" -}}
{{- if eq .Values.architecture "standalone" -}}1{{- else -}}
{{- int .Values.replicas }}{{ range .Values.pools }} {{ int .replicas }}{{ end -}}
{{- end -}}
{{- end -}}

{{/* Servers in all pools. */}}
{{- define "minio.servers" -}}
{{- $servers := 0 -}}
{{- range splitList " " (include "minio.pools" .) -}}{{- $servers = add $servers (int .) -}}{{- end -}}
{{- $servers -}}
{{- end -}}

{{/* Name of a pool's StatefulSet. Call with root and the pool's index. */}}
{{- define "minio.set" -}}
{{- $index := last . -}}
{{- include "common.fullname" (first .) }}{{ if $index }}-pool-{{ add $index 1 }}{{ end -}}
{{- end -}}

{{- define "minio.scheme" -}}{{ ternary "https" "http" .Values.tls.enabled }}{{- end -}}

{{/* What the hook makes of buckets, policies and users: a line each, see provision.sh; `-` is what was not said. */}}
{{- define "minio.buckets" -}}
{{- range $bucket := .Values.buckets }}
{{ .name }}{{ range $key := list "versioning" "objectLock" "quota" "anonymous" }} {{ ternary (get $bucket $key) "-" (hasKey $bucket $key) }}{{ end }} {{ if hasKey . "lifecycle" }}{{ include "minio.lifecycle" .lifecycle }}{{ else }}-{{ end }}
{{- end }}
{{ end -}}

{{/* A bucket's lifecycle as S3 writes it. Call with its rules. */}}
{{- define "minio.lifecycle" -}}
{{- $rules := list -}}
{{- range . -}}
{{- $rule := dict "ID" .id "Status" "Enabled" "Filter" (dict "Prefix" (default "" .prefix)) -}}
{{- with .expireDays -}}{{- $_ := set $rule "Expiration" (dict "Days" (int .)) -}}{{- end -}}
{{- with .noncurrentExpireDays -}}{{- $_ := set $rule "NoncurrentVersionExpiration" (dict "NoncurrentDays" (int .)) -}}{{- end -}}
{{- $rules = append $rules $rule -}}
{{- end -}}
{{- ternary "none" (dict "Rules" $rules | toJson) (empty $rules) -}}
{{- end -}}

{{- define "minio.policies" -}}
{{- range .Values.policies }}
{{ .name }} {{ dict "Version" "2012-10-17" "Statement" .statements | toJson }}
{{- end }}
{{ end -}}

{{- define "minio.users" -}}
{{- range .Values.users }}
{{ .name }} {{ ternary .policies (list "readwrite") (hasKey . "policies") | join "," }}
{{- end }}
{{ end -}}

{{/* Pools that have had their data. Read anew at each start of a container. */}}
{{- define "minio.formed" -}}
- name: POOLS_FORMED
  valueFrom:
    configMapKeyRef:
      name: {{ include "common.state" . }}
      key: pools
      optional: true
{{- end -}}

{{/* What the scripts read of the environment. */}}
{{- define "minio.env" -}}
{{ include "common.env" . }}
- name: POOLS
  value: {{ include "minio.pools" . | quote }}
- name: SCHEME
  value: {{ include "minio.scheme" . }}
- name: SERVICE_HOST
  value: {{ include "common.host" . }}
{{- end -}}

{{/* The servers' own environment, a line each. */}}
{{- define "minio.settings" -}}
GOMEMLIMIT={{ mulf (include "common.bytes" .Values.resources.limits.memory | float64) 0.9 | int64 }}
MINIO_BROWSER={{ ternary "on" "off" .Values.console.enabled }}
MINIO_PROMETHEUS_AUTH_TYPE={{ ternary "public" "jwt" .Values.metrics.enabled }}
MINIO_SITE_REGION={{ .Values.region }}
{{- with .Values.console.ingress }}
{{- if .enabled }}
MINIO_BROWSER_REDIRECT_URL={{ include "common.ingressUrl" . }}
{{- end }}
{{- end }}
# It looks for a newer version at its makers' host otherwise.
MINIO_UPDATE=off
{{- with .Values.parity }}
MINIO_STORAGE_CLASS_STANDARD=EC:{{ int . }}
{{- end }}
{{- range $key, $value := .Values.config }}
MINIO_{{ upper $key }}={{ include "common.scalar" $value }}
{{- end }}
{{ end -}}

{{/* What a server's pod has of its own, by the value that can't have it a second time. */}}
{{- define "minio.own" -}}
extraEnv: [ARCHITECTURE, BASE, FORMED, GOMEMLIMIT, MINIO_ROOT_PASSWORD, MINIO_ROOT_USER, POD, POOL, POOLS, POOLS_FORMED, SCHEME, SERVICE_HOST, SUFFIX]
extraVolumes: [auth, data, run, scripts, tls, tmp]
extraVolumeMounts: [/data, /etc/ballast, /opt/ballast, /run/ballast, /tmp]
extraContainers: [minio]
extraInitContainers: []
{{- end -}}

{{- define "minio.connect" -}}
kubectl exec -n {{ .Release.Namespace }} {{ include "common.fullname" . }}-0 -c minio -- bash /opt/ballast/mc.sh admin info store
{{- end -}}

{{/* What common.sibling and common.uses tell others of the release. */}}
{{- define "minio.endpoint" -}}
host: {{ include "common.host" . }}
port: 9000
account:
  required: true
  users: {{ include "common.accounts" . }}
  spring:
    SPRING_CLOUD_AWS_CREDENTIALS_ACCESS_KEY: $(USERNAME)
    SPRING_CLOUD_AWS_CREDENTIALS_SECRET_KEY: $(PASSWORD)
options:
  bucket:
    key: buckets
    of:
      {{- range .Values.buckets }}
      - {{ .name | quote }}
      {{- end }}
{{- if .Values.tls.enabled }}
ca: {{ include "common.tlsSecret" . | quote }}
{{- end }}
env:
  ENDPOINT: {{ include "minio.scheme" . }}://$(HOST):$(PORT)
  REGION: {{ .Values.region | quote }}
spring:
  SPRING_CLOUD_AWS_ENDPOINT: {{ include "minio.scheme" . }}://$(HOST):$(PORT)
  SPRING_CLOUD_AWS_REGION_STATIC: {{ .Values.region | quote }}
  SPRING_CLOUD_AWS_S3_PATH_STYLE_ACCESS_ENABLED: "true"
{{- end -}}
