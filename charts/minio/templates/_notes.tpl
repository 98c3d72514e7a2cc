{{/* What NOTES.txt says, here and in the umbrella. */}}
{{- define "minio.notes" -}}
{{- $full := include "common.fullname" . -}}
{{- $distributed := eq .Values.architecture "distributed" -}}
{{- $scheme := include "minio.scheme" . -}}
MinIO {{ default .Values.image.tag .Values.image.digest }}: {{ if $distributed }}{{ include "minio.servers" . }} servers{{ if .Values.pools }} in {{ add (len .Values.pools) 1 }} pools{{ end }}; every object is spread over {{ ternary "its pool's servers" "them" (not (empty .Values.pools)) }}{{ else }}a single server. It is unavailable while its pod or node is: meant for non-production namespaces{{ end }}.
{{- if eq .Values.image.repository "minio/minio" }}
Upstream makes no new images, and this one has a known hole (CVE-2025-62506, for those who give out service accounts): the chart's README says which others fit.
{{- end }}

S3 clients connect to (with the bucket in the path):  {{ $scheme }}://{{ $full }}.{{ .Release.Namespace }}.svc:9000
{{- if .Values.ingress.enabled }}
and, outside of the cluster, to:  {{ include "common.ingressUrl" .Values.ingress }}
{{- end }}
The password (secret key) of root, who may do anything:
  {{ include "common.passwordCommand" (dict "root" . "key" "root-password") }}
{{- include "common.notes.users" . }}

The servers and their volumes, by MinIO's own client:
  {{ include "minio.connect" . }}
{{- if .Values.console.ingress.enabled }}

The web console:  {{ include "common.ingressUrl" .Values.console.ingress }}
{{- else if .Values.console.enabled }}

The web console, at {{ $scheme }}://localhost:9001 while this runs:
  kubectl port-forward -n {{ .Release.Namespace }} svc/{{ $full }} 9001
{{- end }}

{{ include "common.notes.uninstall" . }}
{{- end -}}
