{{/* What NOTES.txt says, here and in the umbrella. */}}
{{- define "rabbitmq.notes" -}}
{{- $full := include "common.fullname" . -}}
{{- $clustered := include "rabbitmq.clustered" . -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
RabbitMQ {{ default .Values.image.tag .Values.image.digest }}: {{ if $clustered }}a cluster of {{ .Values.replicas }} nodes; queues are {{ .Values.defaultQueueType }} ones where their clients don't say{{ else }}a single node. It is unavailable while its pod or node is: meant for non-production namespaces{{ end }}.

Clients connect to:  amqp://{{ $full }}.{{ .Release.Namespace }}.svc:5672
{{- if $clustered }}
A message is safe when its publisher confirm has come, and its queue is a quorum queue.
{{- end }}
The password of admin, who may do anything:
  kubectl get secret -n {{ .Release.Namespace }} {{ include "rabbitmq.authSecret" . }} -o jsonpath='{.data.admin-password}' | base64 -d
{{- range .Values.users }}
The password of {{ .name }}:
  kubectl get secret -n {{ $.Release.Namespace }} {{ include "rabbitmq.userSecret" (dict "root" $ "user" .) }} -o jsonpath='{.data.password}' | base64 -d
{{- end }}

The management pages, at http://localhost:15672 while this runs:
  kubectl port-forward -n {{ .Release.Namespace }} svc/{{ $full }} 15672

All queues, and where their members are:
  kubectl exec -n {{ .Release.Namespace }} {{ $full }}-0 -c rabbitmq -- rabbitmqctl list_queues name type messages leader online

Uninstalling keeps the volumes and the credentials. To delete everything for good:
  kubectl delete pvc -n {{ .Release.Namespace }} -l app.kubernetes.io/instance={{ .Release.Name }},app.kubernetes.io/name={{ $name }}
  kubectl delete secret,configmap -n {{ .Release.Namespace }} -l app.kubernetes.io/instance={{ .Release.Name }},app.kubernetes.io/name={{ $name }},app.kubernetes.io/component=server
{{- end -}}
