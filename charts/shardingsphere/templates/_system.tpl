{{/* What the objects without a choice are made of: see charts/common/README.md. */}}
{{- define "shardingsphere.system" -}}
{{- $clustered := eq .Values.architecture "cluster" -}}
uid: 1000
clustered: {{ $clustered }}
replicas: {{ include "shardingsphere.replicas" . }}
statefulsets: []
state: true
{{- /* The rules are made again, wherever they are kept. */}}
converts: ["standalone:cluster", "cluster:standalone"]
auth:
  root-password: plain
  {{- if $clustered }}
  metadata-password: plain
  {{- end }}
users: {username: same, password: plain}
{{- with include "shardingsphere.expected" . | fromYamlArray }}
expected: {{- toYaml . | nindent 2 }}
{{- end }}
mounted: [auth, users]
components:
  server:
    {{- if not .Values.metrics.enabled }}
    unmeasured: metrics.enabled is false, and the official image tells nothing without an agent
    {{- end }}
    ports:
      client: {port: 3307, from: [clients]}
      {{- if .Values.metrics.enabled }}
      metrics: {port: 9404, from: [clients]}
      {{- end }}
hooks:
  drain: true
  provision: true
  {{- /* Apps that use it are not ready before its databases are there. */}}
  accounts: true
  recorded: {rules: {{ include "shardingsphere.recorded" . | quote }}}
  image: client
  secrets: [auth]
  files: [decide.sh, lib.sh, provision.sh]
  data: {plan: {{ include "shardingsphere.plan" . | toJson }}}
  passwords: [root]
  env:
    MEMBERS_HOST: {{ include "common.suffix" . }}
    DIALECT: {{ include "shardingsphere.dialect" . | quote }}
  moreEnv:
    - name: RECORDED
      valueFrom:
        configMapKeyRef:
          name: {{ include "common.state" . }}
          key: rules
          optional: true
  mounts: {{- include "shardingsphere.secretMounts" . | fromYamlArray | toYaml | nindent 4 }}
  volumes: {{- include "shardingsphere.secretVolumes" . | fromYamlArray | toYaml | nindent 4 }}
test:
  image: client
  secrets: [auth]
  files: [decide.sh, lib.sh, test.sh]
  passwords: [root]
  env:
    SERVICE_HOST: {{ include "common.host" . }}
    DATABASES: {{ include "shardingsphere.databaseNames" . | quote }}
    DIALECT: {{ include "shardingsphere.dialect" . | quote }}
{{- end -}}
