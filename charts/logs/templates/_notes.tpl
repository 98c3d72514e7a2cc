{{/* What NOTES.txt says, here and in the umbrella. */}}
{{- define "logs.connect" -}}
kubectl port-forward -n {{ .Release.Namespace }} service/{{ include "common.fullname" . }} 9428:9428
{{- end -}}

{{- define "logs.notes" -}}
{{- $full := include "common.fullname" . -}}
{{- $namespaces := prepend .Values.collector.namespaces .Release.Namespace | uniq -}}
VictoriaLogs {{ default .Values.image.tag .Values.image.digest }}: {{ if include "logs.clustered" . }}{{ .Values.replicas }} stores, each with every record{{ else }}one store. While it is down, records wait on the nodes{{ end }}; what it took in its last second is lost with its process{{ if include "logs.clustered" . }}, and is in another{{ end }}.
A collector on each node reads the containers of {{ if has "*" $namespaces }}all namespaces{{ else }}{{ join ", " $namespaces }}{{ end }}.

Search page, at http://localhost:9428/select/vmui:
  {{ include "logs.connect" . }}

Ten of the last records, as JSON:
  kubectl get --raw '/api/v1/namespaces/{{ .Release.Namespace }}/services/{{ $full }}:9428/proxy/select/logsql/query?query=_time:5m&limit=10'

The collectors, which need a namespace whose pods may have hostPath volumes (no Pod Security level, or privileged):
  kubectl get daemonset -n {{ .Release.Namespace }} {{ include "logs.collector" . }}

{{ include "common.notes.uninstall" . }}
The collectors' positions and queues stay on the nodes, in {{ include "logs.state" . }}.
{{- end -}}

{{/* One of the release's own: another release has positions of its own. */}}
{{- define "logs.state" -}}{{ .Values.collector.state.hostPath }}/{{ .Release.Namespace }}/{{ include "common.fullname" . }}{{- end -}}
