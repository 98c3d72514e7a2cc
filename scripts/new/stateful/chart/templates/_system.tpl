{{/* What the objects without a choice are made of: see charts/common/README.md. */}}
{{- define "newsystem.system" -}}
{{- $clustered := eq .Values.architecture "cluster" -}}
uid: 999
clustered: {{ $clustered }}
replicas: {{ include "newsystem.replicas" . }}
most: 7
state: true
auth:
  admin-password: text
mounted: [auth]
components:
  server:
    ports:
      client: {port: PORT, from: [clients]}
      {{- if .Values.metrics.enabled }}
      metrics: {port: 9100, from: [clients]}
      {{- end }}
hooks:
  {{- if $clustered }}
  recorded: {formed: "true"}
  {{- end }}
test:
  files: [test.sh]
  env: {SERVICE_HOST: {{ include "common.host" . }}}
{{- end -}}
