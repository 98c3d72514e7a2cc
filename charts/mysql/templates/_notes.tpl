{{/* What NOTES.txt says, here and in the umbrella. */}}
{{/* A prompt of the Service of a role; root, role. */}}
{{- define "mysql.connect" -}}
{{- $full := include "common.fullname" .root -}}
kubectl exec -it -n {{ .root.Release.Namespace }} {{ $full }}-0 -c mysql -- mysql --host={{ $full }}-{{ .role }} --user=root --password
{{- end -}}

{{- define "mysql.notes" -}}
{{- $full := include "common.fullname" . -}}
{{- $clustered := ne .Values.architecture "standalone" -}}
MySQL {{ default .Values.image.tag .Values.image.digest }}: {{ if eq .Values.architecture "group" }}a group of {{ .Values.replicas }} members with one primary{{ else if $clustered }}a primary and {{ sub (int .Values.replicas) 1 }} replica{{ if gt (int .Values.replicas) 2 }}s{{ end }}{{ else }}a single instance. It is unavailable while its pod or node is: meant for non-production namespaces{{ end }}.

Write (and read your own writes):  {{ $full }}-primary.{{ .Release.Namespace }}.svc:3306
Read:                              {{ $full }}-replicas.{{ .Release.Namespace }}.svc:3306

The root password:
  {{ include "common.passwordCommand" (dict "root" . "key" "root-password") }}
{{- include "common.notes.users" . }}

A SQL prompt (asks for the password):
  {{ include "mysql.connect" (dict "root" . "role" "primary") }}
{{- if $clustered }}

Who is primary:
  kubectl get pods -n {{ .Release.Namespace }} -l app.kubernetes.io/instance={{ .Release.Name }},app.kubernetes.io/name={{ default .Chart.Name .Values.nameOverride }} -L ballast.dev/role
{{- end }}

{{- include "common.notes.backup" . }}

{{ include "common.notes.uninstall" . }}
{{- end -}}
