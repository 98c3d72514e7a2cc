{{/* What NOTES.txt says, here and in the umbrella. */}}
{{- define "eureka.connect" -}}
kubectl port-forward -n {{ .Release.Namespace }} service/{{ include "common.fullname" . }} 8761:8761
{{- end -}}

{{- define "eureka.notes" -}}
{{- $full := include "common.fullname" . -}}
Eureka {{ default .Values.image.tag .Values.image.digest }}: {{ if include "eureka.clustered" . }}{{ .Values.replicas }} peers, each with the whole registry{{ else }}a single server. Its registry is empty when it starts anew, until instances have sent their next heartbeat: meant for non-production namespaces{{ end }}.

Clients have:  eureka.client.service-url.defaultZone=http://{{ if .Values.auth.required }}eureka:PASSWORD@{{ end }}{{ $full }}.{{ .Release.Namespace }}.svc:8761/eureka/
{{- if .Values.auth.required }}

The password of eureka, the one account:
  {{ include "common.passwordCommand" (dict "root" . "key" "password") }}
{{- end }}

The dashboard, at http://localhost:8761:
  {{ include "eureka.connect" . }}

{{ include "common.notes.uninstall" . }}
{{- end -}}
