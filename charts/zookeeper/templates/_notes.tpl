{{/* What NOTES.txt says, here and in the umbrella. */}}
{{- define "zookeeper.connect" -}}
{{- $full := include "common.fullname" . -}}
kubectl exec -it -n {{ .Release.Namespace }} {{ $full }}-0 -c zookeeper -- zkCli.sh -server {{ $full }}
{{- end -}}

{{- define "zookeeper.notes" -}}
{{- $full := include "common.fullname" . -}}
{{- $ensemble := include "zookeeper.clustered" . -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
ZooKeeper {{ default .Values.image.tag .Values.image.digest }}: {{ if $ensemble }}an ensemble of {{ .Values.replicas }} servers{{ else }}a single server. It is unavailable while its pod or node is: meant for non-production namespaces{{ end }}.

Clients connect to:  {{ $full }}.{{ .Release.Namespace }}.svc:2181
{{- if $ensemble }}
or to every server:  {{ range $i := until (int .Values.replicas) }}{{ if $i }},{{ end }}{{ $full }}-{{ $i }}.{{ include "zookeeper.members" $ }}.{{ $.Release.Namespace }}.svc:2181{{ end }}
{{- end }}
{{- range .Values.users }}
The password of {{ .name }}, for SASL DIGEST-MD5:
  kubectl get secret -n {{ $.Release.Namespace }} {{ include "zookeeper.userSecret" (dict "root" $ "user" .) }} -o jsonpath='{.data.password}' | base64 -d
{{- end }}

The password of super, who may do anything (SASL DIGEST-MD5, or addauth digest super:PASSWORD):
  kubectl get secret -n {{ .Release.Namespace }} {{ include "zookeeper.authSecret" . }} -o jsonpath='{.data.super-password}' | base64 -d

A prompt:
  {{ include "zookeeper.connect" . }}
{{- if $ensemble }}

Who leads (role primary):
  kubectl get pods -n {{ .Release.Namespace }} -l app.kubernetes.io/instance={{ .Release.Name }},app.kubernetes.io/name={{ $name }} -L ballast.dev/role
{{- end }}

Uninstalling keeps the volumes and the credentials. To delete everything for good:
  kubectl delete pvc -n {{ .Release.Namespace }} -l app.kubernetes.io/instance={{ .Release.Name }},app.kubernetes.io/name={{ $name }}
  kubectl delete secret,configmap -n {{ .Release.Namespace }} -l app.kubernetes.io/instance={{ .Release.Name }},app.kubernetes.io/name={{ $name }},app.kubernetes.io/component=server
{{- end -}}
