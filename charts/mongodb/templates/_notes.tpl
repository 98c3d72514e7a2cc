{{/* What NOTES.txt says, here and in the umbrella. */}}
{{/* A prompt of the Service of a role; root, role. */}}
{{- define "mongodb.connect" -}}
{{- $full := include "common.fullname" .root -}}
kubectl exec -it -n {{ .root.Release.Namespace }} {{ $full }}-0 -c mongodb -- env HOME=/tmp mongosh --host {{ $full }}-{{ .role }} --username root --authenticationDatabase admin{{ ternary " --tls --tlsCAFile /etc/ballast/tls/ca.crt" "" .root.Values.tls.enabled }}
{{- end -}}

{{- define "mongodb.notes" -}}
{{- $full := include "common.fullname" . -}}
{{- $clustered := include "mongodb.clustered" . -}}
MongoDB {{ default .Values.image.tag .Values.image.digest }}: {{ if $clustered }}a replica set of {{ .Values.replicas }} members{{ with .Values.hidden }}, {{ len . }} of them hidden{{ end }}{{ else }}a single server. It is unavailable while its pod or node is: meant for non-production namespaces{{ end }}.

Drivers know the set by its members, and follow its primary by themselves:
  mongodb://{{ include "mongodb.hosts" . }}/?replicaSet=ballast{{ ternary "&tls=true" "" .Values.tls.enabled }}
By Services, with directConnection=true:
  Write (and read your own writes):  {{ $full }}-primary.{{ .Release.Namespace }}.svc:27017
  Read:                              {{ $full }}-replicas.{{ .Release.Namespace }}.svc:27017
{{- range .Values.hidden }}
  {{ printf "Read, hidden%s:" (ternary (printf ", %d s late" (int .delaySeconds)) "" (gt (int .delaySeconds) 0)) | printf "%-34s" }} {{ $full }}-{{ int .ordinal }}.{{ include "common.members" $ }}.{{ $.Release.Namespace }}.svc:27017
{{- end }}

The password of root:
  {{ include "common.passwordCommand" (dict "root" . "key" "root-password") }}
{{- include "common.notes.users" . }}

A prompt (asks for the password):
  {{ include "mongodb.connect" (dict "root" . "role" "primary") }}
{{- if $clustered }}

Who is primary:
  kubectl get pods -n {{ .Release.Namespace }} -l app.kubernetes.io/instance={{ .Release.Name }},app.kubernetes.io/name={{ default .Chart.Name .Values.nameOverride }} -L ballast.dev/role
{{- end }}

{{- include "common.notes.backup" . }}

{{ include "common.notes.uninstall" . }}
{{- end -}}
