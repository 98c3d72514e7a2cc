{{- define "rabbitmq.replicas" -}}{{ ternary (int .Values.replicas) 1 (eq .Values.architecture "cluster") }}{{- end -}}

{{/* Where clients connect: the ports that are registered for AMQP, with TLS and without. */}}
{{- define "rabbitmq.port" -}}{{ ternary 5671 5672 .Values.tls.enabled }}{{- end -}}

{{/* rabbitmq.conf, but for what is a pod's own (run.sh). */}}
{{- define "rabbitmq.conf" -}}
{{- $limit := include "common.bytes" .Values.resources.limits.memory | int64 -}}
{{- $volume := include "common.bytes" .Values.persistence.size | int64 -}}
{{- if .Values.tls.enabled }}
listeners.tcp = none
listeners.ssl.default = {{ include "rabbitmq.port" . }}
ssl_options.cacertfile = /etc/ballast/tls/ca.crt
ssl_options.certfile = /etc/ballast/tls/tls.crt
ssl_options.keyfile = /etc/ballast/tls/tls.key
{{- else }}
listeners.tcp.default = {{ include "rabbitmq.port" . }}
{{- end }}
management.tcp.port = 15672
{{- if .Values.metrics.enabled }}
prometheus.tcp.port = 15692
{{- end }}
# A share of the limit, not of the machine; and of the volume, which may be a directory of the machine's disk.
{{- if not (hasKey .Values.config "vm_memory_high_watermark.relative") }}
vm_memory_high_watermark.absolute = {{ mulf $limit 0.6 | int64 }}
{{- end }}
{{- if not (hasKey .Values.config "disk_free_limit.relative") }}
disk_free_limit.absolute = {{ min 1073741824 (div $volume 10) }}
{{- end }}
# What a quorum queue is told stays in memory until this much of it is on disk.
raft.wal_max_size_bytes = {{ min 536870912 (div $limit 16) }}
default_queue_type = {{ .Values.defaultQueueType }}
# Counts where metadata are in Mnesia, which is so for a moment only, at the very first start.
cluster_partition_handling = pause_minority
cluster_name = {{ include "common.fullname" . }}.{{ .Release.Namespace }}
net_ticktime = {{ int64 .Values.netTickSeconds }}
raft.adaptive_failure_detector.poll_interval = {{ int64 .Values.failureDetectorMilliseconds }}
log.console = true
log.console.level = info
{{- range $key, $value := .Values.config }}
{{ $key }} = {{ include "common.scalar" $value }}
{{- end }}
{{ end -}}

{{/* Erlang's list of plugins. */}}
{{- define "rabbitmq.plugins" -}}
[{{ concat (list "rabbitmq_management") (ternary (list "rabbitmq_prometheus") list .Values.metrics.enabled) .Values.plugins | uniq | join "," }}].
{{- end -}}

{{/* Definitions as RabbitMQ imports them; the hook puts names and passwords in place of their marks. */}}
{{- define "rabbitmq.definitions" -}}
{{- $all := dict "configure" ".*" "write" ".*" "read" ".*" -}}
{{- $vhosts := list (dict "name" "/") -}}
{{- $permissions := list (merge (dict "user" "admin" "vhost" "/") $all) -}}
{{- range .Values.vhosts -}}
{{- $vhosts = append $vhosts (merge (dict "name" .name "default_queue_type" (default $.Values.defaultQueueType .defaultQueueType)) (ternary (dict "description" .description) dict (hasKey . "description"))) -}}
{{- $permissions = append $permissions (merge (dict "user" "admin" "vhost" .name) $all) -}}
{{- end -}}
{{- $users := list (dict "name" "admin" "password" "@PASSWORD:admin@" "tags" (list "administrator")) -}}
{{- range $user := .Values.users -}}
{{- $name := printf "@USERNAME:%s@" $user.name -}}
{{- $users = append $users (dict "name" $name "password" (printf "@PASSWORD:%s@" $user.name) "tags" (default list $user.tags)) -}}
{{- range $given := ternary $user.permissions (list dict) (hasKey $user "permissions") -}}
{{- $permission := dict "user" $name "vhost" (default "/" .vhost) -}}
{{- /* Not by merge, which takes an empty text, no right at all, for one that is absent. */ -}}
{{- range $right := list "configure" "write" "read" -}}
{{- $_ := set $permission $right (dig $right ".*" $given) -}}
{{- end -}}
{{- $permissions = append $permissions $permission -}}
{{- end -}}
{{- end -}}
{{- $policies := list -}}
{{- range .Values.policies -}}
{{- $policies = append $policies (dict "vhost" (default "/" .vhost) "name" .name "pattern" .pattern "apply-to" (default "queues" .applyTo) "priority" (default 0 .priority | int) "definition" .definition) -}}
{{- end -}}
{{- $queues := list -}}
{{- range .Values.queues -}}
{{- $type := ternary (dict "x-queue-type" .type) dict (hasKey . "type") -}}
{{- $queues = append $queues (dict "vhost" (default "/" .vhost) "name" .name "durable" true "auto_delete" false "arguments" (merge $type (default dict .arguments))) -}}
{{- end -}}
{{- merge (dict "vhosts" $vhosts "users" $users "permissions" $permissions "policies" $policies "queues" $queues) .Values.definitions | toJson -}}
{{- end -}}

{{/* What the scripts, and RabbitMQ's own commands, read of the environment. */}}
{{- define "rabbitmq.env" -}}
{{ include "common.env" . }}
- name: CLIENT_PORT
  value: {{ include "rabbitmq.port" . | quote }}
# Where Erlang's cookie is.
- name: HOME
  value: /run/ballast
{{- end -}}

{{/* What a server's pod has of its own, by the value that can't have it a second time. */}}
{{- define "rabbitmq.own" -}}
extraEnv: [ARCHITECTURE, BASE, CLIENT_PORT, ERLANG_FLAGS, FORMED, GRACE, HOME, MOST, POD, RABBITMQ_NODENAME, RABBITMQ_USE_LONGNAME, SUFFIX]
extraVolumes: [auth, data, run, scripts, tls, tmp]
extraVolumeMounts: [/etc/ballast, /opt/ballast, /run/ballast, /tmp, /var/lib/rabbitmq]
extraContainers: [rabbitmq]
extraInitContainers: []
{{- end -}}

{{/* What common.sibling and common.uses tell others of the release. */}}
{{- define "rabbitmq.endpoint" -}}
host: {{ include "common.host" . }}
port: {{ include "rabbitmq.port" . }}
account:
  required: true
  users: {{ include "common.accounts" . }}
  spring:
    SPRING_RABBITMQ_USERNAME: $(USERNAME)
    SPRING_RABBITMQ_PASSWORD: $(PASSWORD)
options:
  virtualHost:
    key: vhosts
    default: /
    of:
      - /
      {{- range .Values.vhosts }}
      - {{ .name | quote }}
      {{- end }}
{{- if .Values.tls.enabled }}
ca: {{ include "common.tlsSecret" . | quote }}
{{- end }}
spring:
  SPRING_RABBITMQ_ADDRESSES: $(HOST):$(PORT)
  SPRING_RABBITMQ_VIRTUAL_HOST: $(VIRTUAL_HOST)
  {{- if .Values.tls.enabled }}
  SPRING_RABBITMQ_SSL_ENABLED: true
  SPRING_RABBITMQ_SSL_BUNDLE: rabbitmq
  SPRING_SSL_BUNDLE_PEM_RABBITMQ_TRUSTSTORE_CERTIFICATE: file:$(CA_FILE)
  {{- end }}
{{- end -}}
