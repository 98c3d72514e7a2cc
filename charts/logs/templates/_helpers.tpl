{{- define "logs.clustered" -}}{{ if eq .Values.architecture "replicated" }}true{{ end }}{{- end -}}
{{- define "logs.replicas" -}}{{ ternary (int .Values.replicas) 1 (eq .Values.architecture "replicated") }}{{- end -}}
{{- define "logs.collector" -}}{{ include "common.fullname" . }}-collector{{- end -}}

{{/* Nobody is led to it by name: apps print, and collectors are told. */}}
{{- define "logs.endpoint" -}}{{- end -}}

{{/* What a store's pod has of its own, by the value that can't have it a second time. */}}
{{- define "logs.own" -}}
extraEnv: []
extraVolumes: [data]
extraVolumeMounts: [/data]
extraContainers: [victoria-logs]
extraInitContainers: []
{{- end -}}

{{/* Room for records, in bytes. The rest is for what the store writes anew when it merges. */}}
{{- define "logs.room" -}}
{{- if .Values.retention.size -}}{{ include "common.bytes" .Values.retention.size }}
{{- else -}}{{ div (mul 4 (include "common.bytes" .Values.persistence.size | int64)) 5 }}
{{- end -}}
{{- end -}}

{{/* The store's flags. What is in its memory alone goes with its process: one second is the least that it takes. */}}
{{- define "logs.flags" -}}
{{- $flags := dict
  "storageDataPath" "/data"
  "httpListenAddr" (ternary ":9428,:9430" ":9428" .Values.metrics.enabled)
  "retentionPeriod" (printf "%dd" (int64 .Values.retention.days))
  "retention.maxDiskSpaceUsageBytes" (include "logs.room" .)
  "inmemoryDataFlushInterval" "1s"
  "loggerFormat" "json" -}}
{{- range $key, $value := .Values.config -}}{{- $_ := set $flags $key (include "common.scalar" $value) -}}{{- end -}}
{{- range $key, $value := $flags }}
- {{ printf "-%s=%s" $key $value | quote }}
{{- end }}
{{- end -}}

{{/* A text in the collector's configuration, which would take a dollar for the beginning of a variable. Call with it. */}}
{{- define "logs.text" -}}{{ . | replace "$" "$$" | toJson }}{{- end -}}

{{/* Where kubelet keeps logs: NAMESPACE_POD_UID/CONTAINER/RESTARTS.log, and with a time at its end what was rotated. Call: (dict "namespace" "shop" "pod" "*" "container" "*") */}}
{{- define "logs.files" -}}
{{- $directory := printf "/var/log/pods/%s_%s_*/%s" .namespace .pod .container -}}
{{- range list "*.log" "*.log.*" }}
- {{ printf "%s/%s" $directory . | quote }}
{{- end }}
{{- end -}}

{{/* What a Deployment, StatefulSet, DaemonSet or Job adds to its name for its pods; the rest of a pod's name is the app. */}}
{{- define "logs.app" -}}
{{- $letters := "[bcdfghjklmnpqrstvwxz2456789]" -}}
^(?P<app>.+?)(?:(?:-{{ $letters }}{6,10}|-[0-9]{8})?-{{ $letters }}{5}|-[0-9]+)?$
{{- end -}}

{{/* Operators that containers' and files' records go through at their end. */}}
{{- define "logs.operators" -}}
{{- if .Values.collector.json }}
- type: json_parser
  if: body startsWith "{"
  parse_to: attributes
  on_error: send_quiet
{{- range list "msg" "message" }}
- type: move
  if: attributes[{{ . | quote }}] != nil
  from: attributes[{{ . | quote }}]
  to: body
{{- end }}
{{- end }}
{{- range .Values.collector.drop }}
- type: filter
  {{- $all := list }}
  {{- with .namespace }}{{- $all = append $all (printf "resource[\"k8s.namespace.name\"] == %q" .) }}{{- end }}
  {{- with .container }}{{- $all = append $all (printf "resource[\"k8s.container.name\"] == %q" .) }}{{- end }}
  {{- with .app }}{{- $all = append $all (printf "resource[\"app\"] == %s" (toJson .)) }}{{- end }}
  {{- with .matching }}{{- $all = append $all (printf "body matches %s" (toJson .)) }}{{- end }}
  expr: {{ include "logs.text" (join " and " $all) }}
{{- end }}
{{- end -}}

{{/* A queue on the node's disk, which outlives the collector: what is in it was read. */}}
{{- define "logs.queue" -}}
sending_queue:
  storage: file_storage
  sizer: bytes
  queue_size: {{ include "common.bytes" .Values.collector.queue.size }}
  block_on_overflow: true
  num_consumers: 4
{{- end -}}

{{/* What is in it is sent until somebody takes it. */}}
{{- define "logs.sending" -}}
{{ include "logs.queue" . }}
retry_on_failure:
  initial_interval: 500ms
  max_interval: 5s
  max_elapsed_time: 0s
{{- end -}}

{{/* A receiver's fields without a choice. Call with root. */}}
{{- define "logs.receiver" -}}
start_at: beginning
storage: file_storage
include_file_name: false
include_file_path: true
retry_on_failure:
  enabled: true
  max_elapsed_time: 0s
{{- end -}}

{{/* The Kafka that gets a copy: `brokers`, the `secret` of an account, the Secret of a `ca`. JSON; empty where there is none. */}}
{{- define "logs.kafka" -}}
{{- $kafka := .Values.outputs.kafka -}}
{{- $found := dict -}}
{{- if not $kafka.enabled -}}
{{- else if $kafka.connect -}}
{{- $found = dict "brokers" (splitList "," $kafka.connect) "secret" $kafka.existingSecret -}}
{{- else -}}
{{- with include "common.sibling" (dict "root" . "system" "kafka") | fromYaml -}}
{{- $account := include "common.use.account" (dict "use" (dict "name" "kafka" "user" $kafka.user) "app" "logs" "account" (default dict .account) "path" "logs: outputs.kafka") | fromJson -}}
{{- $found = dict "brokers" (list (printf "%s:%v" .host .port)) "secret" $account.secret "ca" .ca -}}
{{- end -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{- define "logs.config" -}}
{{- $c := .Values.collector -}}
{{- $start := $c.multiline.start | trimPrefix "^" -}}
{{- $namespaces := prepend $c.namespaces .Release.Namespace | uniq -}}
{{- if has "*" $namespaces }}{{- $namespaces = list "*" }}{{- end -}}
{{- $exporters := list -}}
extensions:
  file_storage:
    directory: /var/lib/ballast
    compaction:
      on_start: true
      on_rebound: true
      cleanup_on_start: true
      directory: /var/lib/ballast
  health_check:
    endpoint: 0.0.0.0:13133
receivers:
  file_log/containers:
    {{- include "logs.receiver" . | nindent 4 }}
    include:
      {{- range $namespaces }}
      {{- include "logs.files" (dict "namespace" . "pod" "*" "container" "*") | trim | nindent 6 }}
      {{- end }}
    exclude:
      - "/var/log/pods/*/*/*.gz"
      - "/var/log/pods/*/*/*.tmp"
      # What a collector says about a record must not be a record.
      {{- include "logs.files" (dict "namespace" .Release.Namespace "pod" (printf "%s-*" (include "logs.collector" .)) "container" "*") | trim | nindent 6 }}
      {{- range $c.exclude }}
      {{- include "logs.files" (dict "namespace" (default "*" .namespace) "pod" (default "*" .pod) "container" (default "*" .container)) | trim | nindent 6 }}
      {{- end }}
    resource:
      k8s.node.name: ${env:NODE}
    {{- if $start }}
    multiline:
      line_start_pattern: {{ include "logs.text" (printf "^\\S+ (?:stdout|stderr) [FP] (?:%s)" $start) }}
    {{- end }}
    operators:
      {{- if $start }}
      # Lines of one record: first the parts of a line that the runtime has cut, then all others.
      - type: regex_replace
        field: body
        regex: ' P ([^\n]*)\n\S+ (?:stdout|stderr) ([FP]) '
        replace_with: " $$2 $$1"
      - type: regex_replace
        field: body
        regex: '\n\S+ (?:stdout|stderr) [FP] '
        replace_with: "\n"
      {{- end }}
      - type: container
      - type: remove
        field: attributes["log.file.path"]
      - type: regex_parser
        parse_from: resource["k8s.pod.name"]
        parse_to: resource
        regex: {{ include "logs.text" (include "logs.app" .) }}
        on_error: send_quiet
      {{- include "logs.operators" . | trim | nindent 6 }}
  {{- range $i, $file := $c.files }}
  file_log/files-{{ $i }}:
    {{- include "logs.receiver" $ | nindent 4 }}
    include:
      - {{ printf "/node%s/%s" .directory (default "*.log" .pattern) | quote }}
    resource:
      k8s.node.name: ${env:NODE}
      app: {{ .app | quote }}
    {{- if $start }}
    multiline:
      line_start_pattern: {{ include "logs.text" (printf "^(?:%s)" $start) }}
    {{- end }}
    operators:
      - type: regex_replace
        field: attributes["log.file.path"]
        regex: ^/node
        replace_with: ""
      {{- include "logs.operators" $ | trim | nindent 6 }}
  {{- end }}
exporters:
  {{- range $i, $host := splitList " " (include "common.memberHosts" (dict "root" . "replicas" (include "logs.replicas" .))) }}
  {{- $exporters = append $exporters (printf "otlp_http/%d" $i) }}
  otlp_http/{{ $i }}:
    endpoint: http://{{ $host }}:9428/insert/opentelemetry
    headers:
      VL-Stream-Fields: k8s.namespace.name,k8s.pod.name,k8s.container.name,k8s.node.name,app,log.file.path
      # Alike in all records.
      VL-Ignore-Fields: k8s.container.restart_count,logtag,scope.name,scope.version,severity_number,severity_text
    timeout: 10s
    {{- include "logs.sending" $ | nindent 4 }}
  {{- end }}
  {{- with include "logs.kafka" . | fromJson }}
  {{- $exporters = append $exporters "kafka" }}
  kafka:
    brokers: {{ toJson .brokers }}
    {{- if .secret }}
    auth:
      sasl:
        mechanism: SCRAM-SHA-512
        username: ${env:KAFKA_USERNAME}
        password: ${env:KAFKA_PASSWORD}
    {{- end }}
    {{- if .ca }}
    tls:
      ca_file: /etc/ballast/kafka/ca.crt
    {{- end }}
    logs:
      topic: {{ $.Values.outputs.kafka.topic | quote }}
      encoding: otlp_json
    producer:
      required_acks: -1
    {{- include "logs.sending" $ | nindent 4 }}
  {{- end }}
  {{- range $name, $settings := .Values.outputs.others }}
  {{- $exporters = append $exporters $name }}
  {{ $name }}:
    {{- toYaml $settings | nindent 4 }}
    {{- include "logs.queue" $ | nindent 4 }}
  {{- end }}
service:
  extensions: [file_storage, health_check]
  telemetry:
    logs:
      encoding: json
    metrics:
      {{- if .Values.metrics.enabled }}
      readers:
        - pull:
            exporter:
              prometheus:
                host: 0.0.0.0
                port: 8888
                without_scope_info: true
                without_units: true
                without_type_suffix: true
      {{- else }}
      level: none
      {{- end }}
  pipelines:
    logs:
      receivers:
        - file_log/containers
        {{- range $i, $_ := $c.files }}
        - file_log/files-{{ $i }}
        {{- end }}
      exporters: {{ toJson $exporters }}
{{ end -}}
