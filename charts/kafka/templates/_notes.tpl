{{/* What NOTES.txt says, here and in the umbrella. */}}
{{- define "kafka.notes" -}}
{{- $full := include "common.fullname" . -}}
{{- $clustered := include "kafka.clustered" . -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
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
  kubectl get secret -n {{ .Release.Namespace }} {{ include "kafka.authSecret" . }} -o jsonpath='{.data.admin-password}' | base64 -d
{{- range .Values.users }}
The password of {{ .name }}:
  kubectl get secret -n {{ $.Release.Namespace }} {{ include "kafka.userSecret" (dict "root" $ "user" .) }} -o jsonpath='{.data.password}' | base64 -d
{{- end }}
{{- else }}
Nobody has to log in (auth.required is false){{ if .Values.tls.enabled }}; TLS is on{{ end }}.
{{- end }}

All topics, and where their partitions are:
  kubectl exec -n {{ .Release.Namespace }} {{ $full }}-0 -c kafka -- bash -c '. /opt/ballast/lib.sh; log_in; admin kafka-topics --describe'

Uninstalling keeps the volumes and the credentials. To delete everything for good:
  kubectl delete pvc -n {{ .Release.Namespace }} -l app.kubernetes.io/instance={{ .Release.Name }},app.kubernetes.io/name={{ $name }}
  kubectl delete secret,configmap -n {{ .Release.Namespace }} -l app.kubernetes.io/instance={{ .Release.Name }},app.kubernetes.io/name={{ $name }},app.kubernetes.io/component=server
{{- end -}}
