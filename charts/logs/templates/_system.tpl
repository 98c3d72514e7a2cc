{{/* What the objects without a choice are made of: see charts/common/README.md. */}}
{{- define "logs.system" -}}
uid: 1000
clustered: {{ not (empty (include "logs.clustered" .)) }}
replicas: {{ include "logs.replicas" . }}
most: 4
# Each store has what was written since it is there: nothing is moved.
converts: ["standalone:replicated", "replicated:standalone"]
state: true
mounted: []
components:
  server:
    ports:
      http: {port: 9428, from: [clients, collector]}
      {{- if .Values.metrics.enabled }}
      metrics: {port: 9430, from: [clients]}
      {{- end }}
  collector:
    {{- if .Values.metrics.enabled }}
    headless: {{ include "logs.collector" . }}
    ports:
      metrics: {port: 8888, from: [clients]}
    {{- else }}
    unmeasured: metrics.enabled is false
    {{- end }}
test:
  tools: true
  files: [test.sh]
  env:
    STORES: {{ include "common.memberHosts" (dict "root" . "replicas" (include "logs.replicas" .)) | quote }}
{{- end -}}
