{{- define "rocketmq.namesrv" -}}{{ include "common.fullname" . }}-namesrv{{- end -}}
{{- define "rocketmq.dashboard" -}}{{ include "common.fullname" . }}-dashboard{{- end -}}
{{- define "rocketmq.proxy" -}}{{ include "common.fullname" . }}-proxy{{- end -}}
{{- define "rocketmq.clustered" -}}{{ if ne .Values.architecture "standalone" }}true{{ end }}{{- end -}}
{{- define "rocketmq.groups" -}}{{ ternary (int .Values.groups) 1 (ne .Values.architecture "standalone") }}{{- end -}}
{{- define "rocketmq.replicas" -}}{{ ternary (int .Values.replicasPerGroup) 1 (ne .Values.architecture "standalone") }}{{- end -}}
{{- define "rocketmq.nameServers" -}}{{ get (dict "standalone" 1 "masterSlave" (int .Values.nameServers.count) "controller" 3) .Values.architecture }}{{- end -}}
{{/* No release has more groups than this: a bound for what a Role names. */}}
{{- define "rocketmq.mostGroups" -}}16{{- end -}}

{{/* broker.conf, but for what is a pod's own (run.sh). */}}
{{- define "rocketmq.broker" -}}
listenPort=10911
# A name server that was restarted, or not found, is told again after this.
registerNameServerPeriod=10000
enableSlaveActingMaster=false
# While its master is away, consumers get what a slave has.
slaveReadEnable=true
autoCreateTopicEnable={{ .Values.autoCreate }}
autoCreateSubscriptionGroup={{ .Values.autoCreate }}
flushDiskType={{ upper .Values.flush }}_FLUSH
mappedFileSizeCommitLog={{ include "common.bytes" .Values.commitLogFileSize }}
mappedFileSizeConsumeQueue=600000
# Each time, a broker compares all 39 MB of its wheel of delayed messages, byte by byte: with RocketMQ's own 1000 that is most of what an idle one does.
timerFlushIntervalMs=10000
{{- if eq .Values.architecture "masterSlave" }}
# RocketMQ's own 1 and 1 would acknowledge without a slave, also as SYNC_MASTER.
inSyncReplicas={{ ternary 2 1 (eq .Values.replication "sync") }}
totalReplicas={{ include "rocketmq.replicas" . }}
# Within a client's own 3 s, who then hears of it.
slaveTimeout=2000
haHousekeepingInterval=5000
haSendHeartbeatInterval=1000
{{- else if eq .Values.architecture "controller" }}
allAckInSyncStateSet=true
minInSyncReplicas={{ int .Values.minInSyncReplicas }}
inSyncReplicas={{ include "rocketmq.replicas" . }}
totalReplicas={{ include "rocketmq.replicas" . }}
slaveTimeout=2000
# A copy that says nothing leaves the set that must have each message after this; RocketMQ's own 15 s is how long a group takes none meanwhile.
haMaxTimeSlaveNotCatchup=3000
haHousekeepingInterval=5000
haSendHeartbeatInterval=1000
brokerHeartbeatInterval=500
sendHeartbeatTimeoutMillis=500
controllerHeartBeatTimeoutMills=3000
syncBrokerMetadataPeriod=1000
checkSyncStateSetPeriod=1000
syncControllerMetadataPeriod=2000
{{- end }}
{{- if .Values.auth.required }}
authenticationEnabled=true
authenticationProvider=org.apache.rocketmq.auth.authentication.provider.DefaultAuthenticationProvider
authenticationMetadataProvider=org.apache.rocketmq.auth.authentication.provider.LocalAuthenticationMetadataProvider
authorizationEnabled=true
authorizationProvider=org.apache.rocketmq.auth.authorization.provider.DefaultAuthorizationProvider
authorizationMetadataProvider=org.apache.rocketmq.auth.authorization.provider.LocalAuthorizationMetadataProvider
{{- end }}
{{- if .Values.metrics.enabled }}
metricsExporterType=PROM
metricsPromExporterPort=5557
{{- end }}
{{- range $key, $value := .Values.config }}
{{ $key }}={{ include "common.scalar" $value }}
{{- end }}
{{ end -}}

{{/* A fifth of a broker's memory is for the JVM's own direct buffers; files/run.sh tells netty its limit. Without its mode, each start makes a certificate that nobody trusts, which takes seconds. */}}
{{- define "rocketmq.jvmFlags" -}}
{{- $limit := include "common.bytes" .Values.resources.limits.memory | int64 -}}
{{- include "common.jvm.flags" (dict "heap" .Values.jvm.heap "limit" .Values.resources.limits.memory "share" 0.4
  "flags" (concat (list (printf "-XX:MaxDirectMemorySize=%d" (div $limit 5)) "-Dtls.server.mode=disabled") .Values.jvm.flags)) -}}
{{- end -}}

{{/* What the scripts read of the environment. */}}
{{- define "rocketmq.env" -}}
{{ include "common.env" . }}
- name: NAME_SUFFIX
  value: {{ include "rocketmq.namesrv" . }}-peers.{{ include "common.domain" . }}
- name: NAME_SERVERS
  value: {{ include "rocketmq.nameServers" . | quote }}
- name: AUTH_REQUIRED
  value: {{ .Values.auth.required | quote }}
# Read by Java 9 and newer, which need it, and by no older one. java.nio, so that netty's buffers take memory only where they are filled.
- name: JDK_JAVA_OPTIONS
  value: --add-exports=java.base/jdk.internal.ref=ALL-UNNAMED --add-opens=java.base/sun.nio.ch=ALL-UNNAMED --add-opens=java.base/java.lang=ALL-UNNAMED --add-opens=java.base/java.nio=ALL-UNNAMED -Dio.netty.tryReflectionSetAccessible=true
{{- end -}}

{{/* Probes of a server that listens there. Call: (dict "root" . "port" 10911) */}}
{{- define "rocketmq.probes" -}}
{{- $probes := .root.Values.probes -}}
# The port opens when the server has read what it has.
startupProbe:
  tcpSocket:
    port: {{ .port }}
  {{- toYaml $probes.startup | nindent 2 }}
readinessProbe:
  exec:
    command: [bash, /opt/ballast/ready.sh, {{ .port | quote }}]
  {{- toYaml $probes.readiness | nindent 2 }}
livenessProbe:
  tcpSocket:
    port: {{ .port }}
  {{- toYaml $probes.liveness | nindent 2 }}
{{- end -}}

{{/* The dashboard takes long to start, and answers when it knows the name servers. */}}
{{- define "rocketmq.dashboard.probes" -}}
startupProbe:
  tcpSocket:
    port: http
  periodSeconds: 3
  failureThreshold: 100
readinessProbe:
  httpGet:
    path: /
    port: http
  periodSeconds: 10
  timeoutSeconds: 5
livenessProbe:
  tcpSocket:
    port: http
  periodSeconds: 30
  timeoutSeconds: 10
  failureThreshold: 4
{{- end -}}

{{/* What provision.sh makes: topics with their queues, and consumer groups. */}}
{{- define "rocketmq.topics" -}}
{{- range .Values.topics }}
{{ .name }} {{ default 8 .queues | int }}
{{- end }}
{{ end -}}

{{- define "rocketmq.consumerGroups" -}}
{{- range .Values.consumerGroups }}
{{ . }}
{{- end }}
{{- if .Values.proxy.enabled }}
{{- /* By which proxies tell each other of their clients; brokers make no group by themselves. */}}
CID_DefaultHeartBeatSyncerTopic
{{- end }}
{{ end -}}

{{/* What a server's pod has of its own, by the value that can't have it a second time. */}}
{{- define "rocketmq.own" -}}
extraEnv: [ARCHITECTURE, AUTH_REQUIRED, BASE, FILE_SIZE, GRACE, GROUP, GROUPS_FORMED, JDK_JAVA_OPTIONS, JVM_FLAGS, NAME_SERVERS, NAME_SUFFIX, POD, REPLICAS, REPLICATION, STATE_CONFIGMAP, SUFFIX]
extraVolumes: [auth, data, run, scripts, tmp]
extraVolumeMounts: [/etc/ballast, /home/rocketmq/store, /opt/ballast, /run/ballast, /tmp]
extraContainers: [broker]
extraInitContainers: []
{{- end -}}

{{/* What common.sibling and common.uses tell others of the release. */}}
{{- define "rocketmq.endpoint" -}}
{{- $domain := include "common.domain" . -}}
host: {{ include "rocketmq.namesrv" . }}.{{ $domain }}
port: 9876
{{- if .Values.auth.required }}
account:
  required: true
  users: [{name: admin, secret: {{ include "common.authSecret" . | quote }}, key: admin-password}]
  spring:
    ROCKETMQ_PRODUCER_ACCESS_KEY: $(USERNAME)
    ROCKETMQ_PRODUCER_SECRET_KEY: $(PASSWORD)
    ROCKETMQ_CONSUMER_ACCESS_KEY: $(USERNAME)
    ROCKETMQ_CONSUMER_SECRET_KEY: $(PASSWORD)
{{- end }}
env:
  NAME_SERVER: $(HOST):$(PORT)
  {{- if .Values.proxy.enabled }}
  PROXY: {{ include "rocketmq.proxy" . }}.{{ $domain }}:8081
  {{- end }}
spring:
  ROCKETMQ_NAME_SERVER: $(HOST):$(PORT)
{{- end -}}
