{{/* What the objects without a choice are made of: see charts/common/README.md. */}}
{{- define "redis.system" -}}
{{- $full := include "common.fullname" . -}}
{{- $sentinel := eq .Values.architecture "sentinel" -}}
{{- $cluster := eq .Values.architecture "cluster" -}}
{{- $clustered := or $sentinel $cluster -}}
{{- $members := include "redis.replicas" . -}}
{{- $sentinels := "" -}}
{{- if $sentinel -}}
{{- range $i := until (int .Values.sentinel.replicas) -}}
{{- $sentinels = printf "%s %s-sentinel-%d.%s" $sentinels $full $i (include "common.domain" $) | trim -}}
{{- end -}}
{{- end -}}
uid: 999
clustered: {{ $clustered }}
replicas: {{ $members }}
most: 9
state: {{ $clustered }}
role: {{ $clustered }}
converts: ["standalone:sentinel"]
replaces: ["standalone:sentinel"]
{{- /* Also those of the other architectures, most of which don't become each other in place, and those of shards that are to go. */}}
statefulsets:
  {{- if $cluster }}
  - {{ $full }} 0
  {{- range $shard := until 20 }}
  - {{ $full }}-shard-{{ $shard }} {{ ternary $members "0" (lt $shard (int $.Values.shards)) }}
  {{- end }}
  {{- else }}
  - {{ $full }} {{ $members }}
  - {{ $full }}-shard-0 0
  {{- end }}
{{- if $sentinel }}
refreshed: [{{ $full }}-sentinel {{ int .Values.sentinel.replicas }}]
{{- end }}
auth:
  password: text
  system-password: text
  monitor-password: text
  sentinel-password: text
users: {username: name, password: text}
{{- if .Values.tls.enabled }}
tls:
  altNames:
    - {{ include "common.primaryHost" . }}
    - {{ include "common.replicasHost" . }}
    - "*.{{ include "common.domain" . }}"
    - {{ $full }}-primary
    - {{ $full }}-replicas
    - {{ $full }}-sentinel
{{- end }}
mounted: {{ ternary (list "auth" "users" "tls") (list "auth" "users") .Values.tls.enabled | toJson }}
components:
  server:
    selector: {ballast.dev/peer: "true"}
    ports:
      client: {port: 6379, from: [clients]}
      {{- if $cluster }}
      {{- /* The Services of single members lead to it. */}}
      bus: {port: 16379, from: [server], outside: true}
      {{- end }}
      {{- if .Values.metrics.enabled }}
      metrics: {port: 9121, from: [clients]}
      {{- end }}
  {{- if $sentinel }}
  sentinel:
    replicas: {{ int .Values.sentinel.replicas }}
    headless: {{ $full }}-sentinels
    ports:
      sentinel: {port: 26379, from: [clients]}
      {{- if .Values.metrics.enabled }}
      metrics: {port: 9121, from: [clients]}
      {{- end }}
  {{- end }}
hooks:
  drain: {{ $cluster }}
  provision: true
  files: {{ concat (list "decide.sh" "lib.sh" "provision.sh") (ternary (list "cluster.sh" "reshard.sh") list $cluster) | toJson }}
  data:
    {{- if $cluster }}
    shape: {{ include "redis.shape" . }}
    {{- end }}
    {{- range $i, $init := .Values.initCommands }}
    init-{{ printf "%04d-%s" $i $init.id }}: {{ include "redis.initCommand" $init | toJson }}
    {{- end }}
  env:
    PRIMARY_HOST: {{ include "common.primaryHost" . }}
    MEMBER_HOSTS: {{ include "redis.memberHosts" . | quote }}
    SENTINEL_HOSTS: {{ $sentinels | quote }}
  mounts:
    - {name: init, mountPath: /opt/init, readOnly: true}
  volumes:
    - name: init
      {{- if .Values.initCommands }}
      configMap:
        name: {{ $full }}-provision
        items:
          {{- range $i, $init := .Values.initCommands }}
          - {key: {{ printf "init-%04d-%s" $i $init.id }}, path: {{ printf "%04d-%s" $i $init.id }}}
          {{- end }}
      {{- else }}
      emptyDir: {}
      {{- end }}
test:
  files: [decide.sh, lib.sh, test.sh]
  env:
    PRIMARY_HOST: {{ include "common.primaryHost" . }}
    REPLICAS_HOST: {{ include "common.replicasHost" . }}
    MEMBER_HOSTS: {{ include "redis.memberHosts" . | quote }}
    SENTINEL_HOSTS: {{ $sentinels | quote }}
{{- end -}}
