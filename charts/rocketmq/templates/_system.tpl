{{/* What the objects without a choice are made of: see charts/common/README.md. */}}
{{- define "rocketmq.system" -}}
{{- $full := include "common.fullname" . -}}
{{- $clustered := ne .Values.architecture "standalone" -}}
{{- $groups := int (include "rocketmq.groups" .) -}}
{{- $replicas := include "rocketmq.replicas" . -}}
uid: 3000
clustered: {{ $clustered }}
replicas: {{ mul $groups (int $replicas) }}
most: 5
{{- /* Also those of groups that are to go. */}}
statefulsets:
  {{- range $group := until (int (include "rocketmq.mostGroups" .)) }}
  - {{ $full }}-broker-{{ $group }} {{ ternary $replicas "0" (lt $group $groups) }}
  {{- end }}
state: true
auth:
  admin-password: ascii,no-${
  internal-password: ascii
  {{- if or .Values.dashboard.enabled (not .Values.auth.existingSecret) }}
  dashboard-password: ascii,no-blank,no-comma
  {{- end }}
mounted: {{ ternary (list "auth") list .Values.auth.required | toJson }}
components:
  server:
    {{- if $clustered }}
    {{- /* A node may have brokers of several groups. Where their volumes are the node's own, none is back before the drain has ended, and one budget of all would never let it end. */}}
    disruptions:
      {{- range $group := until $groups }}
      - {name: {{ $full }}-broker-{{ $group }}, labels: {ballast.dev/group: {{ $group | toString | quote }}}}
      {{- end }}
    {{- end }}
    ports:
      client: {port: 10911, from: [clients]}
      vip: {port: 10909, from: [clients]}
      ha: {port: 10912, from: [server]}
      {{- if .Values.metrics.enabled }}
      metrics: {port: 5557, from: [clients]}
      {{- end }}
  namesrv:
    replicas: {{ include "rocketmq.nameServers" . }}
    headless: {{ include "rocketmq.namesrv" . }}-peers
    unmeasured: RocketMQ's name servers have no metrics
    ports:
      namesrv: {port: 9876, from: [clients]}
      {{- if eq .Values.architecture "controller" }}
      controller: {port: 9878, from: [namesrv, server]}
      {{- end }}
  {{- if .Values.proxy.enabled }}
  proxy:
    replicas: {{ int64 .Values.proxy.replicas }}
    unmeasured: brokers count what goes through a proxy
    ports:
      grpc: {port: 8081, from: [clients]}
      remoting: {port: 8080, from: [clients]}
  {{- end }}
  {{- if .Values.dashboard.enabled }}
  dashboard:
    unmeasured: RocketMQ's dashboard has no metrics
    ports:
      http: {port: 8080, from: {{ concat (list "clients") .Values.dashboard.ingress.from | toJson }}}
  {{- end }}
hooks:
  drain: {{ $clustered }}
  provision: true
  accounts: true
  {{- /* A single broker may begin anew on an empty volume, so nobody records that there was one. */}}
  {{- if $clustered }}
  recorded: {formed: "true", groups: "{{ $groups }}"}
  {{- end }}
  files: [decide.sh, lib.sh, rpc.sh, provision.sh]
  passwords: [internal]
  data:
    topics: {{ include "rocketmq.topics" . | trimPrefix "\n" | toJson }}
    consumer-groups: {{ include "rocketmq.consumerGroups" . | trimPrefix "\n" | toJson }}
  env:
    REPLICAS: {{ $replicas }}
    GROUPS_WANTED: {{ $groups }}
    DROP_UNCONSUMED: {{ .Values.dropUnconsumed | quote }}
    {{- /* The drain first waits up to 30 s for consumers to be there, and has to have time to give writes back. */}}
    DRAIN_SECONDS: {{ max 30 (sub (int .Values.hooks.deadlineSeconds) 90) }}
  moreEnv:
    - name: GROUPS_FORMED
      valueFrom:
        configMapKeyRef: {name: {{ include "common.state" . }}, key: groups, optional: true}
test:
  files: [decide.sh, lib.sh, rpc.sh, test.sh, logback-tools.xml]
  passwords: [internal, admin]
  deadlineSeconds: 270
  env:
    NAME_SERVER: {{ include "rocketmq.namesrv" . }}.{{ include "common.domain" . }}:9876
    {{- if .Values.proxy.enabled }}
    PROXY: {{ include "rocketmq.proxy" . }}.{{ include "common.domain" . }}:8080
    {{- end }}
{{- end -}}
