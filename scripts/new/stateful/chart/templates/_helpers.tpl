{{- define "newsystem.replicas" -}}{{ ternary (int .Values.replicas) 1 (eq .Values.architecture "cluster") }}{{- end -}}

{{- define "newsystem.conf" -}}
port=PORT
data=/data
{{- range $key, $value := .Values.config }}
{{ $key }}={{ include "common.scalar" $value }}
{{- end }}
{{ end -}}

{{- define "newsystem.env" -}}
{{ include "common.env" . }}
{{- end -}}

{{/* What a server's pod has of its own, by the value that can't have it a second time. */}}
{{- define "newsystem.own" -}}
extraEnv: [ARCHITECTURE, BASE, FORMED, POD, SUFFIX]
extraVolumes: [auth, data, run, scripts, tmp]
extraVolumeMounts: [/data, /etc/ballast, /opt/ballast, /run/ballast, /tmp]
extraContainers: [newsystem]
extraInitContainers: []
{{- end -}}

{{- define "newsystem.connect" -}}
kubectl exec -n {{ .Release.Namespace }} {{ include "common.fullname" . }}-0 -c newsystem -- cat /opt/ballast/newsystem.conf
{{- end -}}

{{/* What NOTES.txt says, here and in the umbrella. */}}
{{- define "newsystem.notes" -}}
NewSystem {{ default .Values.image.tag .Values.image.digest }}: {{ if eq .Values.architecture "cluster" }}a cluster of {{ .Values.replicas }} servers{{ else }}a single server. It is unavailable while its pod or node is: meant for non-production namespaces{{ end }}.

Clients connect to:  {{ include "common.fullname" . }}.{{ .Release.Namespace }}.svc:PORT

The password of admin:
  {{ include "common.passwordCommand" (dict "root" . "key" "admin-password") }}

The server's configuration:
  {{ include "newsystem.connect" . }}

{{ include "common.notes.uninstall" . }}
{{- end -}}

{{/* What common.sibling and common.uses tell others of the release. */}}
{{- define "newsystem.endpoint" -}}
host: {{ include "common.host" . }}
port: PORT
{{- end -}}
