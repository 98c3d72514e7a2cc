{{- define "eureka.clustered" -}}{{ if eq .Values.architecture "peers" }}true{{ end }}{{- end -}}
{{- define "eureka.replicas" -}}{{ ternary (int .Values.replicas) 1 (eq .Values.architecture "peers") }}{{- end -}}
{{/* The headless Service of the ready servers alone. */}}
{{- define "eureka.ready" -}}{{ include "common.fullname" . }}-ready{{- end -}}

{{/* What common.sibling tells others of the release. */}}
{{- define "eureka.endpoint" -}}
host: {{ include "common.host" . | quote }}
port: 8761
{{- end -}}

{{/* Why a single server expires what is silent: most of few instances are new or gone whenever somebody deploys. */}}
{{- define "eureka.selfPreservation" -}}
{{- if kindIs "bool" .Values.selfPreservation.enabled }}{{ .Values.selfPreservation.enabled }}{{ else }}{{ eq .Values.architecture "peers" }}{{ end }}
{{- end -}}

{{- define "eureka.properties" -}}
eureka.server.enable-self-preservation={{ include "eureka.selfPreservation" . }}
eureka.server.renewal-percent-threshold={{ include "common.scalar" .Values.selfPreservation.threshold }}
eureka.server.expected-client-renewal-interval-seconds={{ int64 .Values.renewalSeconds }}
eureka.server.eviction-interval-timer-in-ms={{ mul (int64 .Values.evictionSeconds) 1000 }}
eureka.server.use-read-only-response-cache={{ .Values.responseCache.readOnly }}
eureka.server.response-cache-update-interval-ms={{ mul (int64 .Values.responseCache.refreshSeconds) 1000 }}
{{- if .Values.auth.required }}
ballast.password-file=/etc/ballast/auth/password
{{- end }}
{{- if include "eureka.clustered" . }}
ballast.peers=_client._tcp.{{ include "common.suffix" . }}
ballast.ready-peers=_client._tcp.{{ include "eureka.ready" . }}.{{ include "common.domain" . }}
{{- end }}
{{- range $key, $value := .Values.config }}
{{ $key }}={{ include "common.scalar" $value }}
{{- end }}
{{ end -}}

{{- define "eureka.env" -}}
{{ include "common.env" . }}
{{- end -}}

{{/* What a server's pod has of its own, by the value that can't have it a second time. */}}
{{- define "eureka.own" -}}
extraEnv: [ARCHITECTURE, BASE, EUREKA_INSTANCE_HOSTNAME, EUREKA_INSTANCE_METADATAMAP_ZONE, JDK_JAVA_OPTIONS, POD, SPRING_CONFIG_ADDITIONAL_LOCATION, SUFFIX]
extraVolumes: [auth, run, scripts, tmp]
extraVolumeMounts: [/etc/ballast, /opt/ballast, /run/ballast, /tmp]
extraContainers: [eureka]
extraInitContainers: []
{{- end -}}
