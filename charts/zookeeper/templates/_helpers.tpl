{{- define "zookeeper.clustered" -}}{{ if eq .Values.architecture "ensemble" }}true{{ end }}{{- end -}}
{{- define "zookeeper.replicas" -}}{{ ternary (int .Values.replicas) 1 (eq .Values.architecture "ensemble") }}{{- end -}}

{{/* What common.sibling and common.uses tell others of the release. */}}
{{- define "zookeeper.endpoint" -}}
host: {{ include "common.host" . | quote }}
port: 2181
account:
  required: {{ .Values.auth.required }}
  users: {{ include "common.accounts" . }}
env:
  CONNECT_STRING: $(HOST):$(PORT)
spring:
  SPRING_CLOUD_ZOOKEEPER_CONNECT_STRING: $(HOST):$(PORT)
{{- end -}}

{{/* zoo.cfg, but for what the pod adds: secrets, and where the list of members is. */}}
{{- define "zookeeper.cfg" -}}
dataDir=/data
tickTime={{ int .Values.tickTimeMilliseconds }}
initLimit={{ int64 .Values.initLimit }}
syncLimit={{ int64 .Values.syncLimit }}
autopurge.snapRetainCount={{ int64 .Values.autopurge.snapshots }}
autopurge.purgeInterval={{ int64 .Values.autopurge.hours }}
4lw.commands.whitelist=srvr,conf,mntr,ruok,isro
admin.enableServer={{ .Values.adminServer.enabled }}
{{- if .Values.adminServer.enabled }}
admin.serverAddress=127.0.0.1
{{- end }}
{{- if .Values.metrics.enabled }}
metricsProvider.className=org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider
metricsProvider.httpPort=7000
{{- end }}
# Or neither members nor clients could log in by DIGEST-MD5.
fips-mode=false
authProvider.sasl=org.apache.zookeeper.server.auth.SASLAuthenticationProvider
{{- if .Values.auth.required }}
sessionRequireClientSASLAuth=true
{{- end }}
{{- if include "zookeeper.clustered" . }}
standaloneEnabled=false
reconfigEnabled=true
quorumListenOnAllIPs=true
# An empty volume is a loss, not a beginning, unless run.sh says otherwise: without its data a server has no vote.
db.autocreate=false
quorum.auth.enableSasl=true
quorum.auth.learnerRequireSasl=true
quorum.auth.serverRequireSasl=true
{{- else }}
clientPort=2181
{{- end }}
{{- range $key, $value := .Values.config }}
{{ $key }}={{ include "common.scalar" $value }}
{{- end }}
{{ end -}}

{{- define "zookeeper.env" -}}
{{ include "common.env" . }}
{{- end -}}

{{/* What a server's pod has of its own, by the value that can't have it a second time. */}}
{{- define "zookeeper.own" -}}
extraEnv: [ARCHITECTURE, BASE, CLIENT_JVMFLAGS, JVM_FLAGS, POD, SUFFIX]
extraVolumes: [api-access, auth, data, run, scripts, tmp]
extraVolumeMounts: [/data, /etc/ballast, /opt/ballast, /run/ballast, /tmp]
extraContainers: [zookeeper]
extraInitContainers: [role]
{{- end -}}
