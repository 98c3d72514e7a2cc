{{- define "rocketmq.members" -}}{{ include "common.fullname" . }}-members{{- end -}}
{{- define "rocketmq.namesrv" -}}{{ include "common.fullname" . }}-namesrv{{- end -}}
{{- define "rocketmq.dashboard" -}}{{ include "common.fullname" . }}-dashboard{{- end -}}
{{- define "rocketmq.proxy" -}}{{ include "common.fullname" . }}-proxy{{- end -}}
{{- define "rocketmq.state" -}}{{ include "common.fullname" . }}-state{{- end -}}
{{- define "rocketmq.clustered" -}}{{ if ne .Values.architecture "standalone" }}true{{ end }}{{- end -}}
{{- define "rocketmq.groups" -}}{{ ternary (int .Values.groups) 1 (ne .Values.architecture "standalone") }}{{- end -}}
{{- define "rocketmq.replicas" -}}{{ ternary (int .Values.replicasPerGroup) 1 (ne .Values.architecture "standalone") }}{{- end -}}
{{- define "rocketmq.nameServers" -}}{{ get (dict "standalone" 1 "masterSlave" (int .Values.nameServers.count) "controller" 3) .Values.architecture }}{{- end -}}
{{- define "rocketmq.domain" -}}{{ .Release.Namespace }}.svc.{{ .Values.clusterDomain }}{{- end -}}
{{- define "rocketmq.authSecret" -}}{{ default (printf "%s-auth" (include "common.fullname" .)) .Values.auth.existingSecret }}{{- end -}}
{{/* No release has more groups, or more brokers in one, than this: bounds for what a Role names. */}}
{{- define "rocketmq.mostGroups" -}}16{{- end -}}
{{- define "rocketmq.mostReplicas" -}}5{{- end -}}

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
- name: POD
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: ARCHITECTURE
  value: {{ .Values.architecture }}
- name: BASE
  value: {{ include "common.fullname" . | quote }}
- name: SUFFIX
  value: {{ include "rocketmq.members" . }}.{{ include "rocketmq.domain" . }}
- name: NAME_SUFFIX
  value: {{ include "rocketmq.namesrv" . }}-peers.{{ include "rocketmq.domain" . }}
- name: NAME_SERVERS
  value: {{ include "rocketmq.nameServers" . | quote }}
- name: AUTH_REQUIRED
  value: {{ .Values.auth.required | quote }}
# Read by Java 9 and newer, which need it, and by no older one. java.nio, so that netty's buffers take memory only where they are filled.
- name: JDK_JAVA_OPTIONS
  value: --add-exports=java.base/jdk.internal.ref=ALL-UNNAMED --add-opens=java.base/sun.nio.ch=ALL-UNNAMED --add-opens=java.base/java.lang=ALL-UNNAMED --add-opens=java.base/java.nio=ALL-UNNAMED -Dio.netty.tryReflectionSetAccessible=true
{{- end -}}

{{- define "rocketmq.mounts" -}}
- name: run
  mountPath: /run/ballast
- name: tmp
  mountPath: /tmp
- name: scripts
  mountPath: /opt/ballast
  readOnly: true
{{- end -}}

{{/* The servers' password, where requests have to be signed, and the admin's. */}}
{{- define "rocketmq.authMount" -}}
{{- if .Values.auth.required }}
- name: auth
  mountPath: /etc/ballast/auth
  readOnly: true
{{- end }}
{{- end -}}

{{/* Call: (dict "root" . "scripts" "CONFIGMAP" "passwords" (list "internal")) */}}
{{- define "rocketmq.volumes" -}}
- name: run
  emptyDir:
    medium: Memory
    sizeLimit: 8Mi
- name: tmp
  emptyDir: {}
- name: scripts
  configMap:
    name: {{ .scripts | quote }}
{{- if and .passwords .root.Values.auth.required }}
- name: auth
  secret:
    secretName: {{ include "rocketmq.authSecret" .root | quote }}
    defaultMode: 0440
    items: {{- include "common.passwordItems" .passwords | nindent 6 }}
{{- end }}
{{- end -}}

{{/* Probes of a server that listens there, ready as often as told. Call: (dict "port" 10911 "seconds" 5) */}}
{{- define "rocketmq.probes" -}}
# The port opens when the server has read what it has.
startupProbe:
  tcpSocket:
    port: {{ .port }}
  periodSeconds: 1
  failureThreshold: 3600
readinessProbe:
  exec:
    command: [bash, /opt/ballast/ready.sh, {{ .port | quote }}]
  periodSeconds: {{ .seconds }}
  timeoutSeconds: 6
  failureThreshold: 2
livenessProbe:
  tcpSocket:
    port: {{ .port }}
  periodSeconds: 30
  timeoutSeconds: 10
  failureThreshold: 4
{{- end -}}

{{/* A hook that does something to the running brokers. Call: (dict "root" . "name" "NAME" "hook" "post-install,post-upgrade" "weight" 0 "act" "provision") */}}
{{- define "rocketmq.provision" -}}
{{- include "common.provision" (merge (dict "uid" 3000 "replicas" (include "rocketmq.replicas" .root)
  "scripts" (list "lib.sh" "rpc.sh" "provision.sh") "data" (include "rocketmq.provision.data" .root)
  "environment" (include "rocketmq.provision.environment" .root) "mounts" (printf "%s\n%s" (include "rocketmq.mounts" .root) (include "rocketmq.authMount" .root))
  "volumes" (include "rocketmq.volumes" (dict "root" .root "scripts" .name "passwords" (list "internal")))) .) -}}
{{- end -}}

{{- define "rocketmq.provision.data" -}}
topics: |
  {{- range .Values.topics }}
  {{ .name }} {{ default 8 .queues | int }}
  {{- end }}
consumer-groups: |
  {{- range .Values.consumerGroups }}
  {{ . }}
  {{- end }}
  {{- if .Values.proxy.enabled }}
  {{- /* By which proxies tell each other of their clients; brokers make no group by themselves. */}}
  CID_DefaultHeartBeatSyncerTopic
  {{- end }}
{{- end -}}

{{/* The drain first waits up to 30 s for consumers to be there, and has to have time to give writes back. */}}
{{- define "rocketmq.provision.environment" -}}
{{ include "rocketmq.env" . }}
- name: GROUPS_WANTED
  value: {{ include "rocketmq.groups" . | quote }}
- name: DROP_UNCONSUMED
  value: {{ .Values.dropUnconsumed | quote }}
- name: DRAIN_SECONDS
  value: {{ max 30 (sub (int .Values.hooks.provisionDeadlineSeconds) 90) | quote }}
- name: GROUPS_FORMED
  valueFrom:
    configMapKeyRef:
      name: {{ include "rocketmq.state" . }}
      key: groups
      optional: true
{{- end -}}

{{/* What a server's pod has of its own, by the value that can't have it a second time. */}}
{{- define "rocketmq.own" -}}
extraEnv: [ARCHITECTURE, AUTH_REQUIRED, BASE, FILE_SIZE, GRACE, GROUP, GROUPS_FORMED, JDK_JAVA_OPTIONS, JVM_FLAGS, NAME_SERVERS, NAME_SUFFIX, POD, REPLICAS, REPLICATION, STATE_CONFIGMAP, SUFFIX]
extraVolumes: [auth, data, run, scripts, tmp]
extraVolumeMounts: [/etc/ballast, /home/rocketmq/store, /opt/ballast, /run/ballast, /tmp]
{{- end -}}
