{{- define "kafka.clustered" -}}{{ if ne .Values.architecture "standalone" }}true{{ end }}{{- end -}}
{{/* Who leads the metadata: servers (that are controllers, too), controllers (pods of their own) or zookeeper. */}}
{{- define "kafka.leaders" -}}
{{- if eq .Values.architecture "zookeeper" }}zookeeper{{ else if and (eq .Values.architecture "kraft") .Values.controllers.separate }}controllers{{ else }}servers{{ end -}}
{{- end -}}
{{/* What can't be changed in place. */}}
{{- define "kafka.kind" -}}{{ .Values.architecture }}{{ if eq (include "kafka.leaders" .) "controllers" }}-with-separate-controllers{{ end }}{{- end -}}
{{- define "kafka.replicas" -}}{{ ternary (int .Values.replicas) 1 (ne .Values.architecture "standalone") }}{{- end -}}
{{- define "kafka.controller" -}}{{ include "common.fullname" . }}-controller{{- end -}}
{{/* Controllers of their own; as many as the scripts count on. */}}
{{- define "kafka.controllers" -}}{{ ternary 3 0 (eq (include "kafka.leaders" .) "controllers") }}{{- end -}}
{{/* Copies of a partition, and how many of them must have a record before a producer with acks=all hears of it. */}}
{{- define "kafka.copies" -}}
{{- if ge (int .Values.defaultReplicationFactor) 1 -}}{{ int .Values.defaultReplicationFactor }}{{- else -}}{{ min 3 (int (include "kafka.replicas" .)) }}{{- end -}}
{{- end -}}
{{- define "kafka.insync" -}}
{{- if ge (int .Values.minInsyncReplicas) 1 -}}{{ int .Values.minInsyncReplicas }}{{- else -}}{{ max 1 (sub (int (include "kafka.copies" .)) 1) }}{{- end -}}
{{- end -}}

{{/* server.properties, but for what is a pod's own (run.sh). */}}
{{- define "kafka.properties" -}}
{{- $zookeeper := eq (include "kafka.leaders" .) "zookeeper" -}}
{{- $transport := ternary "SSL" "PLAINTEXT" .Values.tls.enabled -}}
{{- $client := printf "%s%s" (ternary "SASL_" "" .Values.auth.required) $transport -}}
inter.broker.listener.name=INTERNAL
listener.security.protocol.map=CLIENT:{{ $client }},INTERNAL:SASL_{{ $transport }}{{ if not $zookeeper }},CONTROLLER:SASL_{{ $transport }}{{ end }}
{{- if .Values.external.enabled }},EXTERNAL:{{ $client }}{{ end }}
{{- if .Values.tls.enabled }},LOCAL:SASL_PLAINTEXT{{ end }}
{{- if .Values.tls.enabled }}
ssl.keystore.type=PEM
ssl.keystore.location=/run/ballast/keystore.pem
ssl.truststore.type=PEM
ssl.truststore.location=/etc/ballast/tls/ca.crt
listener.name.local.sasl.enabled.mechanisms=PLAIN
{{- end }}
listener.name.client.sasl.enabled.mechanisms=SCRAM-SHA-512
{{- if .Values.external.enabled }}
listener.name.external.sasl.enabled.mechanisms=SCRAM-SHA-512
{{- end }}
listener.name.internal.sasl.enabled.mechanisms=PLAIN
sasl.mechanism.inter.broker.protocol=PLAIN
{{- if $zookeeper }}
authorizer.class.name=kafka.security.authorizer.AclAuthorizer
zookeeper.connect={{ include "kafka.zookeeperServers" . }}{{ .Values.zookeeper.chroot }}
zookeeper.set.acl={{ not (empty .Values.zookeeper.existingSecret) }}
# A server that is gone is given up after this, and its partitions get other leaders; Kafka's own 18 s is for larger and farther clusters.
zookeeper.session.timeout.ms=4000
{{- else }}
controller.listener.names=CONTROLLER
listener.name.controller.sasl.enabled.mechanisms=PLAIN
sasl.mechanism.controller.protocol=PLAIN
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
# A server that is gone is given up after this, and its partitions get other leaders; Kafka's own 9 s is for larger and farther clusters.
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=2500
controller.quorum.fetch.timeout.ms=1500
# Who asks a controller whose node is gone gets no answer at all, and asks another one only after these; Kafka's own are 2 s and 30 s.
controller.quorum.request.timeout.ms=1000
controller.socket.timeout.ms=3000
share.coordinator.state.topic.replication.factor={{ include "kafka.copies" . }}
share.coordinator.state.topic.min.isr={{ include "kafka.insync" . }}
{{- end }}
# The same of a connection to such a node; Kafka's own are 10 s and 30 s.
socket.connection.setup.timeout.ms=1000
socket.connection.setup.timeout.max.ms=3000
super.users=User:ballast;User:admin
allow.everyone.if.no.acl.found=true
{{- $copies := include "kafka.copies" . }}
{{- $insync := include "kafka.insync" . }}
default.replication.factor={{ $copies }}
min.insync.replicas={{ $insync }}
offsets.topic.replication.factor={{ $copies }}
transaction.state.log.replication.factor={{ $copies }}
transaction.state.log.min.isr={{ $insync }}
unclean.leader.election.enable=false
# Kafka's own 128 MiB are taken at once, which is all of a small heap.
log.cleaner.dedupe.buffer.size={{ min 134217728 (div (include "common.jvm.heap" (dict "heap" .Values.jvm.heap "limit" .Values.resources.limits.memory "share" 0.5) | int64) 8) }}
{{- range $key, $value := .Values.config }}
{{ $key }}={{ include "common.scalar" $value }}
{{- end }}
{{ end -}}

{{/* What the scripts read of the environment. */}}
{{- define "kafka.env" -}}
{{ include "common.podEnv" . }}
- name: LEADERS
  value: {{ include "kafka.leaders" . }}
- name: CLUSTERED
  value: {{ ternary "true" "false" (eq (include "kafka.clustered" .) "true") | quote }}
- name: BASE
  value: {{ include "common.fullname" . | quote }}
- name: SUFFIX
  value: {{ include "common.suffix" . }}
- name: CONTROLLER_SUFFIX
  value: {{ include "kafka.controller" . }}.{{ include "common.domain" . }}
- name: AUTH_REQUIRED
  value: {{ .Values.auth.required | quote }}
- name: TLS
  value: {{ .Values.tls.enabled | quote }}
{{- end -}}

{{/* What a server or controller reads beside that, anew at each start of the container. Call: (dict "root" . "part" "server" "limit" "640Mi") */}}
{{- define "kafka.partEnv" -}}
- name: PART
  value: {{ .part }}
- name: CLUSTER
  valueFrom:
    configMapKeyRef:
      name: {{ include "common.state" .root }}
      key: group
- name: FORMED
  valueFrom:
    configMapKeyRef:
      name: {{ include "common.state" .root }}
      key: formed
- name: NODE
  valueFrom:
    fieldRef:
      fieldPath: spec.nodeName
- name: JVM_FLAGS
  value: {{ include "common.jvm.flags" (dict "heap" .heap "limit" .limit "share" 0.5 "flags" .root.Values.jvm.flags) | quote }}
{{- end -}}

{{- define "kafka.jmx.port" -}}
{{- if .Values.metrics.jmx.enabled }}
- name: metrics
  containerPort: 9404
{{- end }}
{{- end -}}

{{/* What provision.sh makes, a line each. */}}
{{- define "kafka.topics" -}}
{{- range .Values.topics }}
{{- $topic := .name -}}
topic {{ $topic }} {{ default -1 .partitions | int }} {{ default -1 .replicationFactor | int }}
{{ range $key, $value := .config -}}
config {{ $topic }} {{ $key }} {{ include "common.scalar" $value }}
{{ end }}
{{- end }}
{{- end -}}

{{/* ZooKeeper's servers: those that the user names, or else those of the same release. Empty where there are none. */}}
{{- define "kafka.zookeeperServers" -}}
{{- if .Values.zookeeper.connect -}}
{{- .Values.zookeeper.connect -}}
{{- else -}}
{{- with include "common.sibling" (dict "root" . "system" "zookeeper") | fromYaml -}}{{ .host }}:{{ .port }}{{- end -}}
{{- end -}}
{{- end -}}

{{/* What a server's pod has of its own, by the value that can't have it a second time. */}}
{{- define "kafka.own" -}}
extraEnv: [AUTH_REQUIRED, BASE, CLUSTER, CLUSTERED, CONTROLLER_SUFFIX, EXTERNAL_HOST, EXTERNAL_PORT, EXTERNAL_TYPE, FORMED, GRACE, JMX_AGENT, JVM_FLAGS, LEADERS, NODE, NODE_ADDRESS, PART, POD, SUFFIX, TLS, ZOOKEEPER]
extraVolumes: [agent, auth, data, pod, run, scripts, tls, tmp, zookeeper]
extraVolumeMounts: [/etc/ballast, /opt/agent, /opt/ballast, /run/ballast, /tmp, /var/lib/kafka/data]
extraContainers: [kafka]
extraInitContainers: [jmx-agent]
{{- end -}}

{{/* What common.sibling and common.uses tell others of the release. */}}
{{- define "kafka.endpoint" -}}
{{- $tls := ternary "SSL" "PLAINTEXT" .Values.tls.enabled -}}
host: {{ include "common.host" . }}
port: 9092
{{- if .Values.auth.required }}
account:
  required: true
  users: {{ include "common.accounts" . }}
  env:
    SECURITY_PROTOCOL: SASL_{{ $tls }}
    SASL_MECHANISM: SCRAM-SHA-512
    SASL_JAAS_CONFIG: org.apache.kafka.common.security.scram.ScramLoginModule required username="$(USERNAME)" password="$(PASSWORD)";
  spring:
    SPRING_KAFKA_PROPERTIES_SASL_MECHANISM: $(SASL_MECHANISM)
    SPRING_KAFKA_PROPERTIES_SASL_JAAS_CONFIG: $(SASL_JAAS_CONFIG)
{{- end }}
{{- if .Values.tls.enabled }}
ca: {{ include "common.tlsSecret" . | quote }}
{{- end }}
env:
  BOOTSTRAP_SERVERS: $(HOST):$(PORT)
  SECURITY_PROTOCOL: {{ $tls }}
spring:
  SPRING_KAFKA_BOOTSTRAP_SERVERS: $(HOST):$(PORT)
  SPRING_KAFKA_SECURITY_PROTOCOL: $(SECURITY_PROTOCOL)
  {{- if .Values.tls.enabled }}
  SPRING_KAFKA_SSL_BUNDLE: kafka
  SPRING_SSL_BUNDLE_PEM_KAFKA_TRUSTSTORE_CERTIFICATE: file:$(CA_FILE)
  {{- end }}
{{- end -}}
