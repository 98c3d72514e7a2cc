{{/* What NOTES.txt says, here and in the umbrella. */}}
{{- define "apps.notes" -}}
{{- include "apps.introduce" . -}}
{{- if not .Apps -}}
No app is named yet: write apps.NAME.image.repository and apps.NAME.image.tag.
{{- else -}}
Apps:
{{- range $app, $root := .Apps }}
  {{ $app }}{{ if $root.Values.port }}:  http://{{ include "apps.name" $root }}.{{ $.Release.Namespace }}.svc{{ if ne (int $root.Values.service.port) 80 }}:{{ int $root.Values.service.port }}{{ end }}{{ else if (include "common.component" (dict "root" $root "component" (include "apps.component" $root)) | fromJson).ports }}:  {{ include "apps.name" $root }}.{{ $.Release.Namespace }}.svc{{ end }}
  {{- range include "common.outside" $root | fromJsonArray }}
    {{ . }}
  {{- end }}
{{- end }}

How they are:
  kubectl get pods -n {{ .Release.Namespace }} -l app.kubernetes.io/instance={{ .Release.Name }},app.kubernetes.io/name={{ default .Chart.Name .Values.nameOverride }}
{{- $stateful := list }}
{{- range .Apps }}{{ if .Values.stateful }}{{ $stateful = append $stateful (include "apps.component" .) }}{{ end }}{{ end }}
{{- if $stateful }}

Uninstalling keeps the volumes of {{ join ", " $stateful }}. To delete them for good:
  kubectl delete pvc -n {{ .Release.Namespace }} -l app.kubernetes.io/instance={{ .Release.Name }},app.kubernetes.io/name={{ default .Chart.Name .Values.nameOverride }}
{{- end }}
{{- end }}
{{- end -}}
