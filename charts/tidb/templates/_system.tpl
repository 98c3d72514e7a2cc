{{/* What the objects without a choice are made of: see charts/common/README.md. */}}
{{- define "tidb.system" -}}
{{- $full := include "common.fullname" . -}}
{{- $clustered := eq .Values.architecture "cluster" -}}
{{- $watchers := ternary .Values.networkPolicy.allowFrom list .Values.metrics.enabled -}}
uid: 1000
clustered: {{ $clustered }}
replicas: {{ include "tidb.replicas" . }}
most: 50
{{- if and $clustered .Values.tikv.autoscaling.enabled }}
{{- /* Helm would take the size away from the StatefulSet, which then has one TiKV until the autoscaler comes. */}}
architecture: autoscaled
converts: []
{{- else }}
converts: ["autoscaled:cluster"]
{{- end }}
statefulsets:
  - {{ include "tidb.pd" . }} {{ include "tidb.pdReplicas" . }}
  - {{ include "tidb.tikv" . }} {{ include "tidb.tikvMost" . }}
state: {{ $clustered }}
role: {{ $clustered }}
auth:
  root-password: text
users: {username: same, password: text}
{{- if .Values.tls.enabled }}
tls:
  image: tikv
  altNames:
    - {{ include "common.host" . }}
    - {{ $full }}
    - "*.{{ include "common.suffix" . }}"
    - "*.{{ include "tidb.pdSuffix" . }}"
    - "*.{{ include "tidb.tikvSuffix" . }}"
{{- end }}
mounted: {{ ternary (list "auth" "tls") (list "auth") .Values.tls.enabled | toJson }}
components:
  server:
    ports:
      client: {port: 4000, from: [clients]}
      status: {port: 10080, from: {{ concat (list "server" "pd") (ternary (list "clients") list .Values.metrics.enabled) | toJson }}}
    {{- if .Values.metrics.enabled }}
    metrics: {port: status, path: /metrics, mutual: true}
    {{- else }}
    unmeasured: metrics.enabled is false
    {{- end }}
  pd:
    replicas: {{ include "tidb.pdReplicas" . }}
    headless: {{ include "tidb.pd" . }}-peers
    ports:
      {{- /* Whoever reaches it may do anything to the cluster, but for where TLS asks for a certificate. */}}
      pd: {port: 2379, from: {{ concat (list "pd" "tikv" "server" "hook") $watchers | toJson }}}
      peer: {port: 2380, from: [pd]}
    {{- if .Values.metrics.enabled }}
    metrics: {port: pd, path: /metrics, mutual: true}
    {{- else }}
    unmeasured: metrics.enabled is false
    {{- end }}
  tikv:
    replicas: {{ include "tidb.tikvReplicas" . }}
    headless: {{ include "tidb.tikv" . }}-peers
    ports:
      tikv: {port: 20160, from: [tikv, server, pd]}
      {{- /* Whoever reaches it may change TiKV's settings, also with TLS. */}}
      status: {port: 20180, from: {{ concat (list "pd" "server") $watchers | toJson }}}
    {{- if .Values.metrics.enabled }}
    metrics: {port: status, path: /metrics, mutual: true}
    {{- else }}
    unmeasured: metrics.enabled is false
    {{- end }}
hooks:
  drain: {{ $clustered }}
  provision: true
  accounts: true
  image: client
  images: {drain: pd}
  files: [decide.sh, lib.sh, provision.sh]
  data:
    databases.sql: {{ include "tidb.databases" . | trimPrefix "\n" | toJson }}
    grants.sql: {{ include "tidb.grants" . | trimPrefix "\n" | toJson }}
    accounts: {{ include "tidb.accounts" . | trimPrefix "\n" | toJson }}
  env:
    SERVICE_HOST: {{ include "common.host" . }}
    {{- if $clustered }}
    PD_REPLICAS: {{ include "tidb.pdReplicas" . | quote }}
    TIKV_REPLICAS: {{ include "tidb.tikvMost" . | quote }}
    COPIES: {{ include "tidb.copies" . | quote }}
    {{- /* It has to have time to give stores back. */}}
    DRAIN_SECONDS: {{ sub (int .Values.hooks.deadlineSeconds) 60 | quote }}
    {{- end }}
  migrations: {extension: sql, comment: "--", body: sql}
test:
  image: client
  files: [decide.sh, lib.sh, test.sh]
  env:
    SERVICE_HOST: {{ include "common.host" . }}
    MEMBER_HOSTS: {{ include "common.memberHosts" (dict "root" . "replicas" (include "tidb.replicas" .)) | quote }}
{{- end -}}
