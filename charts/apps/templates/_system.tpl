{{/* What the objects without a choice are made of: see charts/common/README.md. Of the chart nothing but the user, of an app its one component. */}}
{{- define "apps.system" -}}
uid: {{ int64 .Values.uid }}
clustered: false
replicas: 1
mounted: []
uses: {{ include "apps.anyUses" . | not | not }}
{{- if get . "App" }}
{{- $name := include "apps.component" . }}
{{- $clients := concat (list "clients") .Values.ingress.from | uniq }}
components:
  {{ $name | quote }}:
    replicas: {{ include "apps.replicas" . }}
    {{- if .Values.stateful }}
    headless: {{ include "common.fullname" . }}-{{ $name }}-members
    {{- end }}
    {{- if not .Values.metrics.enabled }}
    unmeasured: metrics.enabled is false
    {{- end }}
    ports:
      {{- if .Values.port }}
      http: {port: {{ int .Values.port }}, from: {{ toJson $clients }}}
      {{- end }}
      {{- range $port, $number := .Values.ports }}
      {{ $port | quote }}: {port: {{ int $number }}, from: {{ toJson $clients }}}
      {{- end }}
      {{- if and .Values.metrics.enabled .Values.metrics.port }}
      metrics: {port: {{ int .Values.metrics.port }}, from: [clients]}
      {{- end }}
{{- end }}
{{- end -}}
