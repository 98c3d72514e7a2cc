{{/* What NOTES.txt says, here and in the umbrella. */}}
{{- define "zookeeper.connect" -}}
{{- $full := include "common.fullname" . -}}
kubectl exec -it -n {{ .Release.Namespace }} {{ $full }}-0 -c zookeeper -- zkCli.sh -waitforconnection -server {{ $full }}
{{- end -}}

{{- define "zookeeper.notes" -}}
{{- $full := include "common.fullname" . -}}
{{- $ensemble := include "zookeeper.clustered" . -}}
ZooKeeper {{ default .Values.image.tag .Values.image.digest }}: {{ if $ensemble }}an ensemble of {{ .Values.replicas }} servers{{ else }}a single server. It is unavailable while its pod or node is: meant for non-production namespaces{{ end }}.

Clients connect to:  {{ $full }}.{{ .Release.Namespace }}.svc:2181
{{- if $ensemble }}
or to every server:  {{ range $i := until (int .Values.replicas) }}{{ if $i }},{{ end }}{{ $full }}-{{ $i }}.{{ include "common.members" $ }}.{{ $.Release.Namespace }}.svc:2181{{ end }}
{{- end }}

They log in by SASL DIGEST-MD5. The password of super, who may do anything (also by addauth digest super:PASSWORD):
  {{ include "common.passwordCommand" (dict "root" . "key" "super-password") }}
{{- include "common.notes.users" . }}

A prompt:
  {{ include "zookeeper.connect" . }}
{{- if $ensemble }}

Who leads (role primary):
  kubectl get pods -n {{ .Release.Namespace }} -l app.kubernetes.io/instance={{ .Release.Name }},app.kubernetes.io/name={{ default .Chart.Name .Values.nameOverride }} -L ballast.dev/role
{{- end }}

{{ include "common.notes.uninstall" . }}
{{- end -}}
