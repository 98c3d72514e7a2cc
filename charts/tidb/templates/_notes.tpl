{{/* A prompt, which mariadb's client gives: TiDB's image has none. Call with root. */}}
{{- define "tidb.connect" -}}
kubectl port-forward -n {{ .Release.Namespace }} service/{{ include "common.fullname" . }} 4000:4000
{{- end -}}

{{/* What NOTES.txt says, here and in the umbrella. */}}
{{- define "tidb.notes" -}}
{{- $full := include "common.fullname" . -}}
{{- $clustered := include "tidb.clustered" . -}}
TiDB {{ default .Values.image.tag .Values.image.digest }}: {{ if $clustered }}{{ include "tidb.replicas" . }} TiDBs, {{ include "tidb.tikvReplicas" . }} TiKVs with three copies of everything, {{ include "tidb.pdReplicas" . }} PDs{{ else }}one TiDB, one TiKV, one PD. It is unavailable while one of them is: meant for non-production namespaces{{ end }}.

Clients connect to:  {{ $full }}.{{ .Release.Namespace }}.svc:4000, as to MySQL 8.0{{ ternary ", by TLS" "" .Values.tls.enabled }}.
The password of root:
  {{ include "common.passwordCommand" (dict "root" . "key" "root-password") }}
{{- include "common.notes.users" . }}

At localhost:4000:
  {{ include "tidb.connect" . }}
{{- if $clustered }}

Who leads the PDs, and what they wait for:
  kubectl get pods -n {{ .Release.Namespace }} -l app.kubernetes.io/instance={{ .Release.Name }},app.kubernetes.io/name={{ default .Chart.Name .Values.nameOverride }},app.kubernetes.io/component=pd -L ballast.dev/role
An upgrade with fewer TiKVs empties those that go, and takes as long as copying what they have: give helm a --timeout that is long enough, or repeat the upgrade.
{{- end }}

{{ include "common.notes.uninstall" . }}
{{- end -}}
