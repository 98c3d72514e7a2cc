{{/* What the objects without a choice are made of: see charts/common/README.md. */}}
{{- define "eureka.system" -}}
uid: 1000
clustered: {{ not (empty (include "eureka.clustered" .)) }}
replicas: {{ include "eureka.replicas" . }}
most: 5
# Nothing is kept: each may become the other in place.
converts: ["standalone:peers", "peers:standalone"]
{{- if .Values.auth.required }}
auth:
  password: plain
{{- end }}
mounted: {{ ternary "[auth]" "[]" .Values.auth.required }}
components:
  server:
    ports:
      client: {port: 8761, from: [clients, server]}
      {{- if .Values.metrics.enabled }}
      metrics: {port: 8762, from: [clients]}
      {{- end }}
test:
  files: [test.sh]
  env:
    SERVICE_HOST: {{ include "common.host" . }}
    MEMBER_HOSTS: {{ include "common.memberHosts" (dict "root" . "replicas" (include "eureka.replicas" .)) | quote }}
{{- end -}}
