{{/* What the objects without a choice are made of: see charts/common/README.md. */}}
{{- define "kafka.system" -}}
{{- $full := include "common.fullname" . -}}
{{- $leaders := include "kafka.leaders" . -}}
{{- $clustered := ne .Values.architecture "standalone" -}}
{{- $metrics := "metrics: {port: 9404, from: [clients]}" -}}
uid: 1000
clustered: {{ $clustered }}
replicas: {{ include "kafka.replicas" . }}
most: 15
statefulsets:
  - {{ $full }} {{ include "kafka.replicas" . }}
  - {{ include "kafka.controller" . }} {{ include "kafka.controllers" . }}
architecture: {{ include "kafka.kind" . }}
state: true
auth:
  admin-password: ascii
  internal-password: ascii
users: {username: name, password: ascii}
{{- if .Values.tls.enabled }}
tls: {altNames: []}
{{- end }}
{{- if and (eq $leaders "zookeeper") .Values.zookeeper.existingSecret }}
expected:
  - {{ .Values.zookeeper.existingSecret }} username:name password:ascii,no-${
{{- end }}
mounted: {{ ternary (list "auth" "tls") (list "auth") .Values.tls.enabled | toJson }}
components:
  server:
    ports:
      client: {port: 9092, from: [clients]}
      {{- $inside := append (ternary (list "server" "controller") (list "server") (eq $leaders "controllers")) "hook" }}
      internal: {port: 9094, from: {{ toJson $inside }}}
      {{- if eq $leaders "servers" }}
      controller: {port: 9093, from: {{ toJson $inside }}}
      {{- end }}
      {{- if .Values.external.enabled }}
      external: {port: 9096, from: {{ toJson .Values.external.from }}, outside: true}
      {{- end }}
      {{- if .Values.metrics.jmx.enabled }}
      {{ $metrics }}
      {{- end }}
  {{- if eq $leaders "controllers" }}
  controller:
    replicas: {{ include "kafka.controllers" . }}
    headless: {{ include "kafka.controller" . }}
    ports:
      controller: {port: 9093, from: [controller, server]}
      {{- if .Values.metrics.jmx.enabled }}
      {{ $metrics }}
      {{- end }}
  {{- end }}
  {{- if .Values.metrics.enabled }}
  exporter:
    headless: {{ $full }}-exporter
    ports:
      metrics: {port: 9308, from: [clients]}
  {{- end }}
hooks:
  drain: {{ $clustered }}
  provision: true
  accounts: true
  {{- /* A single server may begin anew on an empty volume, so nobody records that there was one. */}}
  {{- if $clustered }}
  recorded: {formed: "true"}
  {{- end }}
  files: [decide.sh, lib.sh, partitions.sh, provision.sh, log4j-tools.properties, log4j2-tools.xml]
  passwords: [internal, admin]
  data:
    topics: {{ include "kafka.topics" . | toJson }}
  env: {REPLICAS: {{ include "kafka.replicas" . | quote }}, MOST: "15", THROTTLE: {{ int64 .Values.rebalanceThrottle | quote }}}
test:
  files: [decide.sh, lib.sh, test.sh, log4j-tools.properties, log4j2-tools.xml]
  passwords: [internal, admin]
  env: {SERVICE_HOST: {{ include "common.host" . }}}
{{- end -}}
