{{/* What NOTES.txt says, here and in the umbrella. */}}
{{/* A prompt of the Service of a role; root, role. */}}
{{- define "mysql.connect" -}}
{{- $full := include "common.fullname" .root -}}
kubectl exec -it -n {{ .root.Release.Namespace }} {{ $full }}-0 -c mysql -- mysql --host={{ $full }}-{{ .role }} --user=root --password
{{- end -}}

{{- define "mysql.notes" -}}
{{- $full := include "common.fullname" . -}}
{{- $group := eq .Values.architecture "group" -}}
MySQL {{ default .Values.image.tag .Values.image.digest }}: {{ if $group }}a group of {{ .Values.replicas }} members with one primary{{ else }}a single instance. It is unavailable while its pod or node is: meant for non-production namespaces{{ end }}.

Write (and read your own writes):  {{ $full }}-primary.{{ .Release.Namespace }}.svc:3306
Read:                              {{ $full }}-replicas.{{ .Release.Namespace }}.svc:3306

The root password:
  kubectl get secret -n {{ .Release.Namespace }} {{ include "mysql.authSecret" . }} -o jsonpath='{.data.root-password}' | base64 -d
{{- range .Values.users }}
The password of {{ .name }}:
  kubectl get secret -n {{ $.Release.Namespace }} {{ include "mysql.userSecret" (dict "root" $ "user" .) }} -o jsonpath='{.data.password}' | base64 -d
{{- end }}

A SQL prompt (asks for the password):
  {{ include "mysql.connect" (dict "root" . "role" "primary") }}
{{- if $group }}

Who is primary:
  kubectl get pods -n {{ .Release.Namespace }} -l app.kubernetes.io/instance={{ .Release.Name }},app.kubernetes.io/name={{ default .Chart.Name .Values.nameOverride }} -L ballast.dev/role
{{- end }}

Uninstalling keeps the volumes and, as they are useless without each other, the credentials. To delete everything for good:
  kubectl delete pvc -n {{ .Release.Namespace }} -l app.kubernetes.io/instance={{ .Release.Name }},app.kubernetes.io/name={{ default .Chart.Name .Values.nameOverride }}
  kubectl delete secret,configmap -n {{ .Release.Namespace }} -l app.kubernetes.io/instance={{ .Release.Name }},app.kubernetes.io/name={{ default .Chart.Name .Values.nameOverride }},app.kubernetes.io/component=server
{{- end -}}
