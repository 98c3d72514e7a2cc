{{/* What the objects without a choice are made of: see charts/common/README.md. */}}
{{- define "newsystem.system" -}}
uid: 999
clustered: {{ gt (int .Values.replicas) 1 }}
replicas: {{ int .Values.replicas }}
mounted: []
components:
  server:
    ports:
      client: {port: PORT, from: [clients]}
      {{- if .Values.metrics.enabled }}
      metrics: {port: 9100, from: [clients]}
      {{- end }}
test:
  files: [test.sh]
  env: {SERVICE_HOST: {{ include "common.host" . }}}
{{- end -}}
