{{/* What the objects without a choice are made of: see charts/common/README.md. */}}
{{- define "mongodb.system" -}}
{{- $full := include "common.fullname" . -}}
{{- $clustered := eq .Values.architecture "replicaSet" -}}
{{- $replicas := include "mongodb.replicas" . -}}
uid: 999
clustered: {{ $clustered }}
replicas: {{ $replicas }}
most: 7
state: {{ $clustered }}
role: {{ $clustered }}
auth:
  root-password: text
  agent-password: text
  monitor-password: text
  replica-set-key: long,text,least=32
users: {username: same, password: text}
{{- if .Values.tls.enabled }}
tls:
  altNames:
    - {{ include "common.primaryHost" . }}
    - {{ include "common.replicasHost" . }}
    - "*.{{ include "common.suffix" . }}"
    - {{ $full }}-primary
    - {{ $full }}-replicas
{{- end }}
mounted: {{ ternary (list "auth" "tls") (list "auth") .Values.tls.enabled | toJson }}
components:
  server:
    ports:
      client: {port: 27017, from: [clients]}
      {{- if .Values.metrics.enabled }}
      metrics: {port: 9216, from: [clients]}
      {{- end }}
hooks:
  drain: {{ $clustered }}
  provision: true
  accounts: true
  files: [decide.sh, lib.sh, provision.sh, session.js]
  data:
    provision.json: {{ include "mongodb.provision" . | toJson }}
    shapes: {{ include "mongodb.shapes" . | toJson }}
  env: {PRIMARY_HOST: {{ include "common.primaryHost" . }}, REPLICAS: {{ $replicas | quote }}, SET_HOSTS: {{ include "mongodb.hosts" . | quote }}}
  migrations: {extension: js, comment: "//", body: script}
backup:
  files: [backup.sh, decide.sh, lib.sh]
  env: {SET_HOSTS: {{ include "mongodb.hosts" . | quote }}}
test:
  files: [decide.sh, lib.sh, session.js, test.sh]
  env:
    PRIMARY_HOST: {{ include "common.primaryHost" . }}
    REPLICAS_HOST: {{ include "common.replicasHost" . }}
    MEMBER_HOSTS: {{ include "mongodb.memberHosts" (dict "root" . "but" (include "mongodb.delayed" . | fromJsonArray)) | quote }}
{{- end -}}
