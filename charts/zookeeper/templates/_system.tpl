{{/* What the objects without a choice are made of: see charts/common/README.md. */}}
{{- define "zookeeper.system" -}}
{{- $ensemble := eq .Values.architecture "ensemble" -}}
uid: 1000
clustered: {{ $ensemble }}
replicas: {{ include "zookeeper.replicas" . }}
most: 7
state: {{ $ensemble }}
role: {{ $ensemble }}
converts: ["standalone:ensemble"]
replaces: ["standalone:ensemble"]
founded: true
auth:
  super-password: ascii,no-${
  quorum-password: ascii,no-${
users: {username: name, password: "ascii,no-${"}
mounted: [auth, users]
components:
  server:
    ports:
      client: {port: 2181, from: [clients]}
      {{- if $ensemble }}
      quorum: {port: 2888, from: [server]}
      election: {port: 3888, from: [server]}
      {{- end }}
      {{- if .Values.metrics.enabled }}
      metrics: {port: 7000, from: [clients]}
      {{- end }}
hooks:
  drain: {{ $ensemble }}
  provision: {{ $ensemble }}
  files: [decide.sh, lib.sh, provision.sh]
  env: {REPLICAS: {{ include "zookeeper.replicas" . | quote }}}
test:
  files: [decide.sh, lib.sh, test.sh]
  env:
    SERVICE_HOST: {{ include "common.host" . }}
    MEMBER_HOSTS: {{ include "common.memberHosts" (dict "root" . "replicas" (include "zookeeper.replicas" .)) | quote }}
{{- end -}}
