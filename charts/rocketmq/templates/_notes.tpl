{{/* What NOTES.txt says, here and in the umbrella. */}}
{{- define "rocketmq.notes" -}}
{{- $full := include "common.fullname" . -}}
RocketMQ {{ default .Values.image.tag .Values.image.digest }}: {{ if eq .Values.architecture "standalone" }}a single broker. It is unavailable while its pod or node is: meant for non-production namespaces
{{- else if eq .Values.architecture "masterSlave" }}{{ .Values.groups }} groups of a master and {{ sub (int .Values.replicasPerGroup) 1 }} slaves. A slave never becomes a master: while one is away, producers use the other groups, and consumers read its messages from its slave
{{- else }}{{ .Values.groups }} groups of {{ .Values.replicasPerGroup }} brokers with three controllers, which replace a master that is gone by a broker that has everything it acknowledged{{ end }}.

Clients begin at the name servers:  {{ include "rocketmq.namesrv" . }}.{{ .Release.Namespace }}.svc:9876
{{- if .Values.proxy.enabled }}
Those that speak gRPC, at the proxies:  {{ include "rocketmq.proxy" . }}.{{ .Release.Namespace }}.svc:8081
{{- end }}
{{- if ne .Values.architecture "standalone" }}
Only SEND_OK says that a message has its copies; FLUSH_SLAVE_TIMEOUT and SLAVE_NOT_AVAILABLE do not.
{{- end }}
{{- if .Values.auth.required }}
They sign their requests (ACL 2.0). The account admin may do anything; its secret key:
  {{ include "common.passwordCommand" (dict "root" . "key" "admin-password") }}
{{- else }}
Nobody has to sign anything (auth.required is false).
{{- end }}

{{- if .Values.dashboard.enabled }}

Dashboard, as admin:  {{ if .Values.dashboard.ingress.enabled }}{{ include "common.ingressUrl" .Values.dashboard.ingress }}, or {{ end }}http://{{ include "rocketmq.dashboard" . }}.{{ .Release.Namespace }}.svc:8080
  {{ include "common.passwordCommand" (dict "root" . "key" "dashboard-password") }}
{{- end }}

All brokers, as a name server knows them:
  kubectl exec -n {{ .Release.Namespace }} {{ $full }}-broker-0-0 -c broker -- bash -c '. /opt/ballast/lib.sh; ask_name_server 106 | brokers_of'

{{ include "common.notes.uninstall" . }}
{{- end -}}
