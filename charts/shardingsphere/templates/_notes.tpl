{{/* Call with root. */}}
{{- define "shardingsphere.connect" -}}
kubectl port-forward -n {{ .Release.Namespace }} service/{{ include "common.fullname" . }} 3307:3307
{{- end -}}

{{/* What NOTES.txt says, here and in the umbrella. */}}
{{- define "shardingsphere.notes" -}}
{{- $full := include "common.fullname" . -}}
ShardingSphere-Proxy {{ default .Values.image.tag .Values.image.digest }}: {{ if eq .Values.architecture "cluster" }}{{ include "shardingsphere.replicas" . }} proxies, whose rules are in ZooKeeper at {{ include "shardingsphere.zookeeperServers" . }}{{ else }}a single proxy. It is unavailable while its pod or node is: meant for non-production namespaces{{ end }}.
{{- if not .Values.databases }}
It has no database yet: write databases, or make some by DistSQL.
{{- end }}

Clients connect to:  {{ $full }}.{{ .Release.Namespace }}.svc:3307, as to MySQL. They need a driver that can log in by mysql_native_password; MySQL's own client of version 9 has to name a database.
The password of root, who may do anything:
  {{ include "common.passwordCommand" (dict "root" . "key" "root-password") }}
{{- include "common.notes.users" . }}

At localhost:3307:
  {{ include "shardingsphere.connect" . }}

{{ if and (eq .Values.architecture "standalone") (not .Values.metadata.existingClaim) -}}
Uninstalling keeps the volume with the rules, and the credentials. To delete everything for good:
  kubectl delete pvc,secret,configmap -n {{ .Release.Namespace }} -l app.kubernetes.io/instance={{ .Release.Name }},app.kubernetes.io/name={{ default .Chart.Name .Values.nameOverride }},app.kubernetes.io/component=server
{{- else -}}
{{ include "common.notes.uninstall" . }}
{{- end }}
{{- end -}}
