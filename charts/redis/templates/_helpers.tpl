{{- define "redis.clustered" -}}{{ if ne .Values.architecture "standalone" }}true{{ end }}{{- end -}}

{{/* Members of a StatefulSet: of the whole group, or of one shard. */}}
{{- define "redis.replicas" -}}
{{- get (dict "standalone" 1 "sentinel" (int .Values.replicas) "cluster" (add1 (int .Values.replicasPerShard))) .Values.architecture -}}
{{- end -}}

{{/* The StatefulSets, as a YAML list of {name, shard}; shard is empty but for a cluster's. */}}
{{- define "redis.statefulsets" -}}
{{- $full := include "common.fullname" . -}}
{{- if eq .Values.architecture "cluster" -}}
{{- range $shard := until (int .Values.shards) }}
- {name: {{ $full }}-shard-{{ $shard }}, shard: "{{ $shard }}"}
{{- end }}
{{- else }}
- {name: {{ $full | quote }}, shard: ""}
{{- end -}}
{{- end -}}

{{/* Names of all members; of a single instance, that of its Service. */}}
{{- define "redis.memberHosts" -}}
{{- if include "redis.clustered" . -}}
{{- $hosts := list -}}
{{- range $set := include "redis.statefulsets" . | fromYamlArray -}}
{{- range $i := until (int (include "redis.replicas" $)) -}}
{{- $hosts = append $hosts (printf "%s-%d.%s" $set.name $i (include "common.domain" $)) -}}
{{- end -}}
{{- end -}}
{{- join " " $hosts -}}
{{- else -}}
{{- include "common.primaryHost" . -}}
{{- end -}}
{{- end -}}

{{- define "redis.firstPod" -}}{{ (include "redis.statefulsets" . | fromYamlArray | first).name }}-0{{- end -}}

{{/* An empty minReplicasToWrite is 1, but 0 in shards with a single replica. */}}
{{- define "redis.minReplicas" -}}
{{- if ne (toString .Values.minReplicasToWrite) "" -}}
{{- int64 .Values.minReplicasToWrite -}}
{{- else if and (eq .Values.architecture "cluster") (eq (int .Values.replicasPerShard) 1) -}}
0
{{- else -}}
1
{{- end -}}
{{- end -}}
{{- define "redis.quorum" -}}{{ add (div (int .Values.sentinel.replicas) 2) 1 }}{{- end -}}

{{/*
maxmemory in bytes, from the memory limit. A fork for RDB, AOF rewrite or a new replica shares its pages until they are written to: a store
under writes needs the most room for copies, a cache can evict. 16 MiB are the server's own.
*/}}
{{- define "redis.maxmemory" -}}
{{- if .Values.maxmemory -}}
{{- include "common.bytes" .Values.maxmemory -}}
{{- else -}}
{{- $limit := include "common.bytes" .Values.resources.limits.memory | int64 -}}
{{- $share := ternary 0.75 0.6 (eq .Values.use "cache") -}}
{{- mulf (sub $limit 16777216 | float64) $share | floor | int64 -}}
{{- end -}}
{{- end -}}

{{- define "redis.conf" -}}
{{- if .Values.tls.enabled }}
port 0
tls-port 6379
tls-ca-cert-file /etc/ballast/tls/ca.crt
tls-cert-file /etc/ballast/tls/tls.crt
tls-key-file /etc/ballast/tls/tls.key
tls-auth-clients optional
tls-replication yes
{{- else }}
port 6379
{{- end }}
bind * -::*
protected-mode no
unixsocket /run/ballast/redis.sock
unixsocketperm 700
pidfile ""
dir /data
maxmemory {{ include "redis.maxmemory" . }}
maxmemory-policy {{ default (ternary "allkeys-lru" "noeviction" (eq .Values.use "cache")) .Values.maxmemoryPolicy }}
appendonly yes
# With everysec a server answers up to two seconds before it writes, while the disk is busy: what both copies have only in memory is lost when all are killed at once.
appendfsync {{ ternary "everysec" "always" (eq .Values.use "cache") }}
{{- /* A second line would be added to the first. */}}
{{- if not (hasKey .Values.config "save") }}
save 3600 1 300 100 60 10000
{{- end }}
repl-diskless-sync yes
repl-diskless-sync-delay 0
{{- if include "redis.clustered" . }}
repl-ping-replica-period 1
repl-timeout 10
min-replicas-to-write {{ include "redis.minReplicas" . }}
min-replicas-max-lag 3
{{- end }}
{{- if eq .Values.architecture "cluster" }}
cluster-enabled yes
cluster-config-file nodes.conf
cluster-node-timeout {{ int64 .Values.nodeTimeoutMilliseconds }}
cluster-preferred-endpoint-type hostname
# Replicas stay in their shard, and a shard that was emptied stays a shard.
cluster-allow-replica-migration no
# A shard that is down takes no other with it.
cluster-require-full-coverage no
# Age is no measure here: the agent knows who was in sync.
cluster-replica-validity-factor 0
{{- if .Values.tls.enabled }}
tls-cluster yes
{{- end }}
{{- end }}
{{- range $key, $value := .Values.config }}
{{ $key }} {{ if kindIs "bool" $value }}{{ ternary "yes" "no" $value }}{{ else }}{{ include "common.scalar" $value | default "\"\"" }}{{ end }}
{{- end }}
{{ end -}}

{{- define "redis.sentinel.conf" -}}
{{- if .Values.tls.enabled }}
port 0
tls-port 26379
tls-ca-cert-file /etc/ballast/tls/ca.crt
tls-cert-file /etc/ballast/tls/tls.crt
tls-key-file /etc/ballast/tls/tls.key
tls-auth-clients optional
tls-replication yes
{{- else }}
port 26379
{{- end }}
bind * -::*
protected-mode no
dir /tmp
pidfile ""
sentinel resolve-hostnames yes
sentinel announce-hostnames yes
{{ end -}}

{{/*
What the scripts read of the environment. FULL begins the names of all members, BASE those of the own group or shard.
Call: (dict "root" . "base" "NAME")
*/}}
{{- define "redis.envOf" -}}
{{ include "common.podEnv" . }}
- name: ARCHITECTURE
  value: {{ .root.Values.architecture }}
- name: FULL
  value: {{ include "common.fullname" .root | quote }}
- name: BASE
  value: {{ .base | quote }}
- name: SUFFIX
  value: {{ include "common.domain" .root }}
- name: TLS
  value: {{ .root.Values.tls.enabled | quote }}
{{- end -}}

{{- define "redis.env" -}}
{{ include "redis.envOf" (dict "root" . "base" (include "common.fullname" .)) }}
{{- end -}}

{{/* One of initCommands as redis-cli reads it. */}}
{{- define "redis.initCommand" -}}
{{- range .command }}{{ include "common.scalar" . | toRawJson }} {{ end -}}
{{- end -}}

{{/* How many shards a cluster has, and members in each: which may change without a restart. */}}
{{- define "redis.shape" -}}
{{ printf "%d %s\n" (int .Values.shards) (include "redis.replicas" .) | quote }}
{{- end -}}

{{/* Call: (dict "root" . "component" "server" "pod" "POD" "port" 6379 "portName" "redis"), and "bus" true where the port of a cluster's members among themselves is served. */}}
{{- define "redis.memberService" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ .pod | quote }}
  labels: {{- include "common.labels" . | nindent 4 }}
spec:
  publishNotReadyAddresses: true
  ports:
    - name: {{ .portName }}
      port: {{ .port }}
      targetPort: {{ .portName }}
    {{- if .bus }}
    - name: bus
      port: 16379
      targetPort: bus
    {{- end }}
  selector:
    {{- include "common.selectorLabels" . | nindent 4 }}
    statefulset.kubernetes.io/pod-name: {{ .pod | quote }}
{{- end -}}

{{/* Call: (dict "root" . "port" 6379 "user" "USER" "key" "KEY-IN-AUTH-SECRET") */}}
{{- define "redis.exporter" -}}
- name: metrics
  {{- include "common.container" (dict "root" .root "image" .root.Values.metrics.image "resources" .root.Values.metrics.resources) | nindent 2 }}
  env:
    - name: REDIS_ADDR
      value: {{ ternary "rediss" "redis" .root.Values.tls.enabled }}://127.0.0.1:{{ .port }}
    - name: REDIS_EXPORTER_SKIP_TLS_VERIFICATION
      value: "true"
    - name: REDIS_USER
      value: {{ .user }}
    - name: REDIS_PASSWORD
      valueFrom:
        secretKeyRef:
          name: {{ include "common.authSecret" .root | quote }}
          key: {{ .key }}
  ports:
    - name: metrics
      containerPort: 9121
  {{- include "common.portProbes" "metrics" | nindent 2 }}
{{- end -}}

{{/* What a server's pod has of its own, by the value that can't have it a second time. */}}
{{- define "redis.own" -}}
extraEnv: [ARCHITECTURE, BASE, DOWN_AFTER, FAILOVER_TIMEOUT, FULL, MIN_REPLICAS, NODE, POD, SHARD, SUFFIX, TLS]
extraVolumes: [api-access, auth, data, run, scripts, tls, tmp]
extraVolumeMounts: [/data, /etc/ballast, /opt/ballast, /run/ballast, /tmp]
extraContainers: [redis, metrics]
extraInitContainers: [role]
{{- end -}}

{{/* Where each Sentinel is, as HOST:PORT. */}}
{{- define "redis.sentinelNodes" -}}
{{- range $i := until (int .Values.sentinel.replicas) }}{{ if $i }},{{ end }}{{ include "common.fullname" $ }}-sentinel-{{ $i }}.{{ include "common.domain" $ }}:26379{{ end -}}
{{- end -}}

{{/* What common.sibling and common.uses tell others of the release. */}}
{{- define "redis.endpoint" -}}
{{- $sentinel := eq .Values.architecture "sentinel" -}}
{{- $cluster := eq .Values.architecture "cluster" -}}
{{- $default := dict "name" "default" "secret" (include "common.authSecret" .) "key" "password" -}}
host: {{ include "common.primaryHost" . }}
port: 6379
account:
  required: true
  users: {{ prepend (include "common.accounts" . | fromJsonArray) $default | toJson }}
  spring:
    SPRING_DATA_REDIS_USERNAME: $(USERNAME)
    SPRING_DATA_REDIS_PASSWORD: $(PASSWORD)
{{- if not $cluster }}
options:
  database: {default: 0}
{{- end }}
{{- if $sentinel }}
waits: ["{{ include "common.primaryHost" . }}:6379", "{{ include "common.fullname" . }}-sentinel.{{ include "common.domain" . }}:26379"]
secrets:
  SENTINEL_PASSWORD: {secret: {{ include "common.authSecret" . | quote }}, key: password}
{{- end }}
{{- if .Values.tls.enabled }}
ca: {{ include "common.tlsSecret" . | quote }}
{{- end }}
env:
  REPLICAS_HOST: {{ include "common.replicasHost" . }}
  {{- if $sentinel }}
  SENTINEL_MASTER: ballast
  SENTINEL_NODES: {{ include "redis.sentinelNodes" . }}
  {{- else if $cluster }}
  CLUSTER_NODES: {{ include "redis.memberHosts" . | replace " " ":6379," }}:6379
  {{- end }}
spring:
  {{- if $sentinel }}
  SPRING_DATA_REDIS_SENTINEL_MASTER: $(SENTINEL_MASTER)
  SPRING_DATA_REDIS_SENTINEL_NODES: $(SENTINEL_NODES)
  SPRING_DATA_REDIS_SENTINEL_PASSWORD: $(SENTINEL_PASSWORD)
  {{- else if $cluster }}
  SPRING_DATA_REDIS_CLUSTER_NODES: $(CLUSTER_NODES)
  {{- else }}
  SPRING_DATA_REDIS_HOST: $(HOST)
  SPRING_DATA_REDIS_PORT: $(PORT)
  {{- end }}
  {{- if not $cluster }}
  SPRING_DATA_REDIS_DATABASE: $(DATABASE)
  {{- end }}
  {{- if .Values.tls.enabled }}
  SPRING_DATA_REDIS_SSL_ENABLED: true
  SPRING_DATA_REDIS_SSL_BUNDLE: redis
  SPRING_SSL_BUNDLE_PEM_REDIS_TRUSTSTORE_CERTIFICATE: file:$(CA_FILE)
  {{- end }}
{{- end -}}
