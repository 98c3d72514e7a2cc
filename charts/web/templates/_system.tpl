{{/* What the objects without a choice are made of: see charts/common/README.md. */}}
{{- define "web.system" -}}
uid: {{ int64 .Values.uid }}
architecture: {{ .Values.server }}
clustered: false
replicas: {{ include "web.replicas" . }}
statefulsets: []
uses: {{ not (empty .Values.uses) }}
auth: {secret-key: "text,long"}
users: {username: same, password: text}
mounted: []
components:
  server:
    {{- if not .Values.metrics.enabled }}
    unmeasured: metrics.enabled is false
    {{- end }}
    ports:
      http: {port: 8080, from: {{ concat (list "clients") .Values.ingress.from | uniq | toJson }}}
      {{- if .Values.metrics.enabled }}
      metrics: {port: 9090, from: [clients]}
      {{- end }}
test:
  tools: true
  files: [test.sh]
  env:
    URL: {{ printf "http://%s:%d%s" (include "common.host" .) (int .Values.service.port) .Values.probes.readiness.path | quote }}
{{- end -}}
