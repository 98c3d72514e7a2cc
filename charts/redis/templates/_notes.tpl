{{/* What NOTES.txt says, here and in the umbrella. */}}
{{/* A prompt of the Service of a role; root, role. */}}
{{- define "redis.connect" -}}
{{- $flags := list (ternary "-c" "" (eq .root.Values.architecture "cluster")) (ternary "--tls --cacert /etc/ballast/tls/ca.crt" "" .root.Values.tls.enabled) | compact -}}
kubectl exec -it -n {{ .root.Release.Namespace }} {{ include "redis.firstPod" .root }} -c redis -- redis-cli -h {{ include "common.fullname" .root }}-{{ .role }} {{ join " " (append $flags "--askpass") }}
{{- end -}}

{{- define "redis.notes" -}}
{{- $full := include "common.fullname" . -}}
{{- $sentinel := eq .Values.architecture "sentinel" -}}
{{- $cluster := eq .Values.architecture "cluster" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
Redis {{ default .Values.image.tag .Values.image.digest }}: {{ if $sentinel }}{{ .Values.replicas }} servers, one of them the primary, watched by {{ .Values.sentinel.replicas }} Sentinels{{ else if $cluster }}a cluster of {{ .Values.shards }} shards, each a primary with {{ .Values.replicasPerShard }} {{ ternary "replica" "replicas" (eq (int .Values.replicasPerShard) 1) }}{{ else }}a single instance. It is unavailable while its pod or node is: meant for non-production namespaces{{ end }}.

{{ if $cluster -}}
Clients must speak Redis Cluster. Where they begin:  {{ $full }}-primary.{{ .Release.Namespace }}.svc:6379
Only replicas:                                       {{ $full }}-replicas.{{ .Release.Namespace }}.svc:6379
{{- else -}}
Write (and read your own writes):  {{ $full }}-primary.{{ .Release.Namespace }}.svc:6379
Read:                              {{ $full }}-replicas.{{ .Release.Namespace }}.svc:6379
{{- end }}
{{- if $sentinel }}
By Sentinel (master name ballast): {{ $full }}-sentinel.{{ .Release.Namespace }}.svc:26379

{{- end }}
{{- if or $sentinel $cluster }}

A write is safe from a failover once WAIT 1 has answered 1 or more.
{{- end }}

The password of the user default{{ if $sentinel }}, on servers and Sentinels{{ end }}:
  {{ include "common.passwordCommand" (dict "root" . "key" "password") }}
{{- include "common.notes.users" . }}

A prompt (asks for the password):
  {{ include "redis.connect" (dict "root" . "role" "primary") }}
{{- if or $sentinel $cluster }}

Who is primary{{ if $cluster }} of which shard{{ end }}:
  kubectl get pods -n {{ .Release.Namespace }} -l app.kubernetes.io/instance={{ .Release.Name }},app.kubernetes.io/name={{ $name }} -L ballast.dev/role{{ if $cluster }} -L ballast.dev/shard{{ end }}
{{- end }}

{{ include "common.notes.uninstall" . }}
{{- end -}}
