{{/* What the objects without a choice are made of: see charts/common/README.md. */}}
{{- define "nacos.system" -}}
{{- $full := include "common.fullname" . -}}
{{- $clustered := eq .Values.architecture "cluster" -}}
uid: 1000
clustered: {{ $clustered }}
replicas: {{ include "nacos.replicas" . }}
most: 7
state: true
auth:
  {{- /* BCrypt takes no more bytes of a password. */}}
  admin-password: text,most=72
  {{- /* What stands in a file of properties. */}}
  identity-key: name
  identity-value: ascii,no-blank,no-${
  token-secret: text
  {{- if and $clustered (not .Values.database.host) }}
  database-password: ascii,no-${
  {{- end }}
{{- if and $clustered .Values.database.host }}
expected:
  - {{ .Values.database.existingSecret }} username:name password:ascii,no-${
{{- end }}
mounted: [auth]
components:
  server:
    ports:
      client: {port: 8848, from: [clients]}
      grpc: {port: 9848, from: [clients]}
      {{- if $clustered }}
      cluster: {port: 9849, from: [server]}
      raft: {port: 7848, from: [server]}
      {{- end }}
      {{- if .Values.metrics.enabled }}
      metrics: {port: 9100, from: [clients]}
      {{- end }}
hooks:
  drain: {{ $clustered }}
  provision: true
  {{- /* A single server may begin anew on an empty volume, and is to get everything again. */}}
  {{- if $clustered }}
  recorded: {published: {{ include "nacos.published" . | quote }}}
  {{- end }}
  files: [decide.sh, lib.sh, provision.sh]
  data:
    namespaces: {{ include "nacos.namespaces" . | toJson }}
    configs: {{ include "nacos.configs" . | toJson }}
    {{- range $i, $config := .Values.configs }}
    config-{{ printf "%04d" $i }}: {{ $config.content | toJson }}
    {{- end }}
  mounts:
    - {name: configs, mountPath: /opt/configs, readOnly: true}
  volumes:
    - name: configs
      {{- if .Values.configs }}
      configMap:
        name: {{ $full }}-provision
        items:
          {{- range $i, $_ := .Values.configs }}
          - {key: config-{{ printf "%04d" $i }}, path: {{ printf "%04d" $i | quote }}}
          {{- end }}
      {{- else }}
      emptyDir: {}
      {{- end }}
  passwords: [admin]
  env:
    REPLICAS: {{ include "nacos.replicas" . | quote }}
    MOST: "7"
  {{- if $clustered }}
  moreEnv:
    - name: PUBLISHED
      valueFrom:
        configMapKeyRef:
          name: {{ include "common.state" . }}
          key: published
          optional: true
  {{- end }}
test:
  files: [decide.sh, lib.sh, test.sh]
  passwords: [admin]
  env:
    SERVICE_HOST: {{ include "common.host" . }}
    MEMBER_HOSTS: {{ include "common.memberHosts" (dict "root" . "replicas" (include "nacos.replicas" .)) | quote }}
    AUTH_REQUIRED: {{ .Values.auth.required | quote }}
{{- end -}}
