{{- define "eureka.clustered" -}}{{ if eq .Values.architecture "peers" }}true{{ end }}{{- end -}}
{{- define "eureka.replicas" -}}{{ ternary (int .Values.replicas) 1 (eq .Values.architecture "peers") }}{{- end -}}
{{/* The headless Service of the ready servers alone. */}}
{{- define "eureka.ready" -}}{{ include "common.fullname" . }}-ready{{- end -}}

{{/* What common.sibling and common.uses tell others of the release. */}}
{{- define "eureka.endpoint" -}}
host: {{ include "common.host" . | quote }}
port: 8761
{{- if .Values.auth.required }}
account:
  required: true
  users:
    - {name: eureka, secret: {{ include "common.authSecret" . | quote }}, key: password}
{{- end }}
env:
  URL: http://{{ if .Values.auth.required }}$(USERNAME):$(PASSWORD)@{{ end }}$(HOST):$(PORT)/eureka/
spring:
  {{- /* In capitals it would be taken for defaultzone, which nobody reads. */}}
  eureka.client.service-url.defaultZone: $(URL)
{{- end -}}

{{/* Why a single server expires what is silent: most of few instances are new or gone whenever somebody deploys. */}}
{{- define "eureka.selfPreservation" -}}
{{- if kindIs "bool" .Values.selfPreservation.enabled }}{{ .Values.selfPreservation.enabled }}{{ else }}{{ eq .Values.architecture "peers" }}{{ end }}
{{- end -}}

{{- define "eureka.properties" -}}
eureka.instance.hostname=${POD}.{{ include "common.suffix" . }}
eureka.instance.lease-renewal-interval-in-seconds={{ int64 .Values.renewalSeconds }}
eureka.instance.lease-expiration-duration-in-seconds={{ mul 3 (int64 .Values.renewalSeconds) }}
eureka.instance.metadata-map.zone=${ZONE:}
management.endpoints.web.exposure.include=health{{ if .Values.metrics.enabled }},prometheus{{ end }}
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
{{ include "common.podEnv" . }}
{{- end -}}

{{/* What a server's pod has of its own, by the value that can't have it a second time. */}}
{{- define "eureka.own" -}}
extraEnv: [JDK_JAVA_OPTIONS, POD, ZONE]
extraVolumes: [auth, run, scripts, tmp]
extraVolumeMounts: [/etc/ballast, /opt/ballast, /run/ballast, /tmp]
extraContainers: [eureka]
extraInitContainers: []
{{- end -}}
