{{/* What NOTES.txt says, here and in the umbrella. */}}
{{- define "web.notes" -}}
{{- $full := include "common.fullname" . -}}
{{- $image := default .Values.image.tag .Values.image.digest -}}
{{ .Values.application }} ({{ $image }}) by {{ .Values.server }} behind nginx: {{ if .Values.autoscaling.enabled }}{{ .Values.autoscaling.minReplicas }} to {{ .Values.autoscaling.maxReplicas }} pods{{ else if eq (int .Values.replicas) 1 }}one pod. It is unavailable while its pod or node is: meant for non-production namespaces{{ else }}{{ int .Values.replicas }} pods{{ end }}.
{{- if include "web.recreated" . }}
Its media are on a volume of one node: an upgrade ends the pod before the new one starts, and nobody is served between.
{{- end }}

Within the cluster:  http://{{ $full }}.{{ .Release.Namespace }}.svc:{{ int .Values.service.port }}
{{- range include "common.outside" . | fromJsonArray }}
From outside:        {{ . }}
{{- end }}

On your machine, at http://localhost:8080:
  {{ include "web.connect" . }}
{{- with include "common.notes.users" . }}
{{ . }}
{{- end }}

Migrations that are applied:
  {{ include "web.showMigrations" . }}

{{- $media := and .Values.media.enabled (not .Values.media.existingClaim) }}

Uninstalling keeps {{ if $media }}the media and {{ end }}the secret key. To delete {{ ternary "both" "it" $media }} for good:
  kubectl delete {{ if $media }}pvc,{{ end }}secret -n {{ .Release.Namespace }} -l app.kubernetes.io/instance={{ .Release.Name }},app.kubernetes.io/name={{ default .Chart.Name .Values.nameOverride }},app.kubernetes.io/component=server
{{- end -}}

{{- define "web.showMigrations" -}}
kubectl exec -n {{ .Release.Namespace }} deployment/{{ include "common.fullname" . }} -c web -- python3 manage.py showmigrations
{{- end -}}

{{- define "web.connect" -}}
kubectl port-forward -n {{ .Release.Namespace }} service/{{ include "common.fullname" . }} 8080:{{ int .Values.service.port }}
{{- end -}}

{{/* Whether a volume that one node has at a time holds the media: two pods could wait for each other. */}}
{{- define "web.recreated" -}}
{{- if and .Values.media.enabled (not (has "ReadWriteMany" .Values.media.accessModes)) -}}true{{- end -}}
{{- end -}}
