{{- define "newsystem.conf" -}}
port=PORT
{{- range $key, $value := .Values.config }}
{{ $key }}={{ include "common.scalar" $value }}
{{- end }}
{{ end -}}

{{- define "newsystem.env" -}}
{{ include "common.podEnv" . }}
{{- end -}}

{{/* What a server's pod has of its own, by the value that can't have it a second time. */}}
{{- define "newsystem.own" -}}
extraEnv: [POD]
extraVolumes: [run, scripts, tmp]
extraVolumeMounts: [/etc/ballast, /opt/ballast, /run/ballast, /tmp]
extraContainers: [server]
extraInitContainers: []
{{- end -}}

{{- define "newsystem.connect" -}}
kubectl exec -n {{ .Release.Namespace }} deployment/{{ include "common.fullname" . }} -c server -- cat /opt/ballast/newsystem.conf
{{- end -}}

{{/* What NOTES.txt says, here and in the umbrella. */}}
{{- define "newsystem.notes" -}}
NewSystem {{ default .Values.image.tag .Values.image.digest }}: {{ if gt (int .Values.replicas) 1 }}{{ .Values.replicas }} servers{{ else }}one server. It is unavailable while its pod or node is: meant for non-production namespaces{{ end }}.

Clients connect to:  {{ include "common.fullname" . }}.{{ .Release.Namespace }}.svc:PORT

The server's configuration:
  {{ include "newsystem.connect" . }}
{{- end -}}

{{/* What common.sibling and common.uses tell others of the release. */}}
{{- define "newsystem.endpoint" -}}
host: {{ include "common.host" . }}
port: PORT
{{- end -}}
