{{/* What NOTES.txt says, here and in the umbrella. */}}
{{- define "kafka.notes" -}}
{{- $full := include "common.fullname" . -}}
{{- $clustered := include "kafka.clustered" . -}}
Kafka {{ default .Values.image.tag .Values.image.digest }}: {{ if $clustered }}a cluster of {{ .Values.replicas }} servers, {{ include "kafka.copies" . }} copies of each partition, of which {{ include "kafka.insync" . }} must have a record; {{ get (dict "servers" "the first three lead its metadata" "controllers" "three controllers of their own lead its metadata" "zookeeper" (printf "its metadata is in ZooKeeper (%s%s)" (include "kafka.zookeeperServers" .) .Values.zookeeper.chroot)) (include "kafka.leaders" .) }}{{ else }}a single server. It is unavailable while its pod or node is: meant for non-production namespaces{{ end }}.

Clients begin at:  {{ $full }}.{{ .Release.Namespace }}.svc:9092
{{- if .Values.external.enabled }}
Those outside at any of
{{- $nodePorts := eq .Values.external.type "NodePort" }}
{{- range $ordinal := until (int (include "kafka.replicas" .)) }}
  {{ default (printf "the node of %s-%d" $full $ordinal) ($.Values.external.host | replace "{ordinal}" (toString $ordinal)) }}:{{ ternary (add $.Values.external.port $ordinal) $.Values.external.port $nodePorts }}
{{- end }}
{{- end }}
{{- if .Values.auth.required }}
They log in by SASL_{{ ternary "SSL" "PLAINTEXT" .Values.tls.enabled }} with SCRAM-SHA-512. The password of admin, who may do anything:
  {{ include "common.passwordCommand" (dict "root" . "key" "admin-password") }}
{{- include "common.notes.users" . }}
{{- else }}
Nobody has to log in (auth.required is false){{ if .Values.tls.enabled }}; TLS is on{{ end }}.
{{- end }}

All topics, and where their partitions are:
  kubectl exec -n {{ .Release.Namespace }} {{ $full }}-0 -c kafka -- bash -c '. /opt/ballast/lib.sh; log_in; admin kafka-topics --describe'

{{ include "common.notes.uninstall" . }}
{{- end -}}
