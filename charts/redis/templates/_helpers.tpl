{{- define "redis.members" -}}{{ include "common.fullname" . }}-members{{- end -}}
{{- define "redis.state" -}}{{ include "common.fullname" . }}-state{{- end -}}
{{- define "redis.suffix" -}}{{ .Release.Namespace }}.svc.{{ .Values.clusterDomain }}{{- end -}}
{{- define "redis.primaryHost" -}}{{ include "common.fullname" . }}-primary.{{ include "redis.suffix" . }}{{- end -}}
{{- define "redis.replicasHost" -}}{{ include "common.fullname" . }}-replicas.{{ include "redis.suffix" . }}{{- end -}}
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
{{- $hosts = append $hosts (printf "%s-%d.%s" $set.name $i (include "redis.suffix" $)) -}}
{{- end -}}
{{- end -}}
{{- join " " $hosts -}}
{{- else -}}
{{- include "redis.primaryHost" . -}}
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
{{- define "redis.authSecret" -}}{{ default (printf "%s-auth" (include "common.fullname" .)) .Values.auth.existingSecret }}{{- end -}}
{{- define "redis.tlsSecret" -}}{{ default (printf "%s-tls" (include "common.fullname" .)) .Values.tls.existingSecret }}{{- end -}}
{{- define "redis.quorum" -}}{{ add (div (int .Values.sentinel.replicas) 2) 1 }}{{- end -}}

{{/* The Secret of an application user. Call: (dict "root" . "user" USER) */}}
{{- define "redis.userSecret" -}}
{{- default (printf "%s-user-%s" (include "common.fullname" .root) (include "common.userSlug" .user.name)) .user.existingSecret -}}
{{- end -}}

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
{{- define "redis.env" -}}
- name: POD
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: ARCHITECTURE
  value: {{ .root.Values.architecture }}
- name: FULL
  value: {{ include "common.fullname" .root | quote }}
- name: BASE
  value: {{ default (include "common.fullname" .root) .base | quote }}
- name: SUFFIX
  value: {{ include "redis.suffix" .root }}
- name: TLS
  value: {{ .root.Values.tls.enabled | quote }}
{{- end -}}

{{- define "redis.mounts" -}}
- name: run
  mountPath: /run/ballast
- name: tmp
  mountPath: /tmp
- name: scripts
  mountPath: /opt/ballast
  readOnly: true
- name: auth
  mountPath: /etc/ballast/auth
  readOnly: true
{{- range .Values.users }}
- name: user-{{ include "common.userSlug" .name }}
  mountPath: /etc/ballast/users/{{ .name }}
  readOnly: true
{{- end }}
{{- if .Values.tls.enabled }}
- name: tls
  mountPath: /etc/ballast/tls
  readOnly: true
{{- end }}
{{- end -}}

{{/* Call: (dict "root" . "scripts" "CONFIGMAP") */}}
{{- define "redis.volumes" -}}
- name: run
  emptyDir:
    medium: Memory
    sizeLimit: 8Mi
- name: tmp
  emptyDir: {}
- name: scripts
  configMap:
    name: {{ .scripts | quote }}
- name: auth
  secret:
    secretName: {{ include "redis.authSecret" .root | quote }}
    defaultMode: 0440
{{- range .root.Values.users }}
- name: user-{{ include "common.userSlug" .name }}
  secret:
    secretName: {{ include "redis.userSecret" (dict "root" $.root "user" .) | quote }}
    defaultMode: 0440
{{- end }}
{{- if .root.Values.tls.enabled }}
- name: tls
  secret:
    secretName: {{ include "redis.tlsSecret" .root | quote }}
    defaultMode: 0440
{{- end }}
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
  image: {{ include "common.image" (dict "root" .root "image" .root.Values.metrics.image) | quote }}
  imagePullPolicy: {{ .root.Values.metrics.image.pullPolicy }}
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
          name: {{ include "redis.authSecret" .root | quote }}
          key: {{ .key }}
  ports:
    - name: metrics
      containerPort: 9121
  startupProbe:
    tcpSocket:
      port: metrics
    periodSeconds: 2
    failureThreshold: 30
  readinessProbe:
    tcpSocket:
      port: metrics
    periodSeconds: 10
  livenessProbe:
    tcpSocket:
      port: metrics
    periodSeconds: 20
    failureThreshold: 6
  securityContext: {{- include "common.containerSecurityContext" . | nindent 4 }}
  resources: {{- toYaml .root.Values.metrics.resources | nindent 4 }}
{{- end -}}

{{/* What a server's pod has of its own, by the value that can't have it a second time. */}}
{{- define "redis.own" -}}
extraEnv: [ARCHITECTURE, BASE, DOWN_AFTER, FAILOVER_TIMEOUT, FULL, MIN_REPLICAS, NODE, POD, SHARD, SUFFIX, TLS]
extraVolumes: [api-access, auth, data, run, scripts, tls, tmp]
extraVolumeMounts: [/data, /etc/ballast, /opt/ballast, /run/ballast, /tmp]
{{- end -}}
