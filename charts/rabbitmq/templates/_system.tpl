{{/* What the objects without a choice are made of: see charts/common/README.md. */}}
{{- define "rabbitmq.system" -}}
{{- $clustered := eq .Values.architecture "cluster" -}}
uid: 999
clustered: {{ $clustered }}
replicas: {{ include "rabbitmq.replicas" . }}
most: 7
state: true
converts: ["standalone:cluster"]
replaces: ["standalone:cluster"]
auth:
  admin-password: text
  erlang-cookie: ascii,no-blank,most=255
users: {username: name, password: text}
{{- if .Values.tls.enabled }}
tls: {altNames: []}
{{- end }}
mounted: {{ ternary (list "auth" "tls") (list "auth") .Values.tls.enabled | toJson }}
components:
  server:
    ports:
      client: {port: {{ include "rabbitmq.port" . }}, from: [clients]}
      management: {port: 15672, from: {{ concat (list "clients") .Values.management.ingress.from | uniq | toJson }}}
      {{- if .Values.metrics.enabled }}
      metrics: {port: 15692, from: [clients]}
      {{- end }}
      epmd: {port: 4369, from: [server, hook]}
      nodes: {port: 25672, from: [server, hook]}
hooks:
  drain: {{ $clustered }}
  provision: true
  accounts: true
  {{- /* A single server may begin anew on an empty volume, so nobody records that there was one. */}}
  {{- if $clustered }}
  recorded: {formed: "true"}
  {{- end }}
  files: [decide.sh, lib.sh, queues.sh, provision.sh]
  data:
    definitions.json: {{ printf "%s\n" (include "rabbitmq.definitions" .) | quote }}
  env: {REPLICAS: {{ include "rabbitmq.replicas" . | quote }}, MOST: "7"}
test:
  files: [decide.sh, lib.sh, test.sh]
  env: {SERVICE_HOST: {{ include "common.host" . }}}
{{- end -}}
