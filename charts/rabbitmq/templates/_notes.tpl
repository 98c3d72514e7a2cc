{{/* What NOTES.txt says, here and in the umbrella. */}}
{{- define "rabbitmq.notes" -}}
{{- $full := include "common.fullname" . -}}
{{- $clustered := (include "common.system" . | fromJson).clustered -}}
RabbitMQ {{ default .Values.image.tag .Values.image.digest }}: {{ if $clustered }}a cluster of {{ .Values.replicas }} nodes; queues are {{ .Values.defaultQueueType }} ones where their clients don't say{{ else }}a single node. It is unavailable while its pod or node is: meant for non-production namespaces{{ end }}.

Clients connect to:  {{ ternary "amqps" "amqp" .Values.tls.enabled }}://{{ $full }}.{{ .Release.Namespace }}.svc:{{ include "rabbitmq.port" . }}
{{- if $clustered }}
A message is safe when its publisher confirm has come, and its queue is a quorum queue.
{{- end }}
The password of admin, who may do anything:
  {{ include "common.passwordCommand" (dict "root" . "key" "admin-password") }}
{{- include "common.notes.users" . }}

{{ with .Values.management.ingress }}{{ if .enabled }}The management pages:  {{ include "common.ingressUrl" . }}, or without the Ingress,{{ else }}The management pages,{{ end }}{{ end }} at http://localhost:15672 while this runs:
  kubectl port-forward -n {{ .Release.Namespace }} svc/{{ $full }} 15672

All queues, and where their members are:
  kubectl exec -n {{ .Release.Namespace }} {{ $full }}-0 -c rabbitmq -- rabbitmqctl list_queues name type messages leader online

{{ include "common.notes.uninstall" . }}
{{- end -}}
