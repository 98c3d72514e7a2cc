{{/* What NOTES.txt says, here and in the umbrella. */}}
{{- define "redis.notes" -}}
{{- $full := include "common.fullname" . -}}
{{- $sentinel := eq .Values.architecture "sentinel" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
Redis {{ .Values.image.tag }}: {{ if $sentinel }}{{ .Values.replicas }} servers, one of them the primary, watched by {{ .Values.sentinel.replicas }} Sentinels{{ else }}a single instance. It is unavailable while its pod or node is: meant for non-production namespaces{{ end }}.

Write (and read your own writes):  {{ $full }}-primary.{{ .Release.Namespace }}.svc:6379
Read:                              {{ $full }}-replicas.{{ .Release.Namespace }}.svc:6379
{{- if $sentinel }}
By Sentinel (master name ballast): {{ $full }}-sentinel.{{ .Release.Namespace }}.svc:26379

A write is safe from a failover once WAIT 1 has answered 1 or more.
{{- end }}

The password of the user default{{ if $sentinel }}, on servers and Sentinels{{ end }}:
  kubectl get secret -n {{ .Release.Namespace }} {{ include "redis.authSecret" . }} -o jsonpath='{.data.password}' | base64 -d
{{- range .Values.users }}
The password of {{ .name }}:
  kubectl get secret -n {{ $.Release.Namespace }} {{ include "redis.userSecret" (dict "root" $ "user" .) }} -o jsonpath='{.data.password}' | base64 -d
{{- end }}

A prompt (asks for the password):
  kubectl exec -it -n {{ .Release.Namespace }} {{ $full }}-0 -c redis -- redis-cli -h {{ $full }}-primary{{ if .Values.tls.enabled }} --tls --cacert /etc/ballast/tls/ca.crt{{ end }} --askpass
{{- if $sentinel }}

Who is primary:
  kubectl get pods -n {{ .Release.Namespace }} -l app.kubernetes.io/instance={{ .Release.Name }},app.kubernetes.io/name={{ $name }} -L ballast.dev/role
{{- end }}

Uninstalling keeps the volumes and the credentials. To delete everything for good:
  kubectl delete pvc -n {{ .Release.Namespace }} -l app.kubernetes.io/instance={{ .Release.Name }},app.kubernetes.io/name={{ $name }}
  kubectl delete secret,configmap -n {{ .Release.Namespace }} -l app.kubernetes.io/instance={{ .Release.Name }},app.kubernetes.io/name={{ $name }},app.kubernetes.io/component=server
{{- end -}}
