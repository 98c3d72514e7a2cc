{{/* What the objects without a choice are made of: see charts/common/README.md. */}}
{{- define "minio.system" -}}
{{- $distributed := eq .Values.architecture "distributed" -}}
{{- $full := include "common.fullname" . -}}
uid: 1000
clustered: {{ $distributed }}
replicas: {{ include "minio.servers" . }}
most: 16
statefulsets:
  {{- $pools := splitList " " (include "minio.pools" .) }}
  {{- /* Also those that an upgrade would take away. */}}
  {{- range $i := until 8 }}
  - {{ include "minio.set" (list $ $i) }} {{ if lt $i (len $pools) }}{{ index $pools $i }}{{ else }}0{{ end }}
  {{- end }}
fixed: "each object is spread over its pool's servers: set replicas and pools back, and add a pool for more space"
state: true
auth:
  root-password: text,least=8
users: {username: same, password: "text,least=8"}
{{- if .Values.tls.enabled }}
tls: {altNames: []}
{{- end }}
mounted: {{ ternary (list "auth" "tls") (list "auth") .Values.tls.enabled | toJson }}
components:
  server:
    {{- if .Values.metrics.enabled }}
    metrics: {port: client, path: /minio/v2/metrics/cluster}
    {{- end }}
    ports:
      client: {port: 9000, from: {{ concat (list "clients") .Values.ingress.from | uniq | toJson }}}
      {{- if .Values.console.enabled }}
      console: {port: 9001, from: {{ concat (list "clients") .Values.console.ingress.from | uniq | toJson }}}
      {{- end }}
hooks:
  provision: true
  accounts: true
  {{- /* A single server may begin anew on an empty volume, so nobody records that there was one. */}}
  {{- if $distributed }}
  recorded: {formed: "true", pools: {{ include "minio.pools" . | quote }}}
  {{- end }}
  files: [decide.sh, lib.sh, provision.sh]
  data:
    buckets: {{ include "minio.buckets" . | toJson }}
    policies: {{ include "minio.policies" . | toJson }}
    users: {{ include "minio.users" . | toJson }}
test:
  files: [decide.sh, lib.sh, test.sh]
{{- end -}}
