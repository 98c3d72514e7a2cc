{{- define "zookeeper.members" -}}{{ include "common.fullname" . }}-members{{- end -}}
{{- define "zookeeper.state" -}}{{ include "common.fullname" . }}-state{{- end -}}
{{- define "zookeeper.clustered" -}}{{ if eq .Values.architecture "ensemble" }}true{{ end }}{{- end -}}
{{- define "zookeeper.replicas" -}}{{ ternary (int .Values.replicas) 1 (eq .Values.architecture "ensemble") }}{{- end -}}
{{/* What follows a member's name in its host name. */}}
{{- define "zookeeper.suffix" -}}{{ include "zookeeper.members" . }}.{{ .Release.Namespace }}.svc.{{ .Values.clusterDomain }}{{- end -}}
{{- define "zookeeper.host" -}}{{ include "common.fullname" . }}.{{ .Release.Namespace }}.svc.{{ .Values.clusterDomain }}{{- end -}}
{{- define "zookeeper.authSecret" -}}{{ default (printf "%s-auth" (include "common.fullname" .)) .Values.auth.existingSecret }}{{- end -}}

{{/* The Secret of a client's account. Call: (dict "root" . "user" USER) */}}
{{- define "zookeeper.userSecret" -}}
{{- default (printf "%s-user-%s" (include "common.fullname" .root) (include "common.userSlug" .user.name)) .user.existingSecret -}}
{{- end -}}

{{/* What common.sibling tells others of the release. */}}
{{- define "zookeeper.endpoint" -}}
host: {{ include "zookeeper.host" . | quote }}
port: 2181
loginRequired: {{ .Values.auth.required }}
userSecrets:
  {{- range .Values.users }}
  - {{ include "zookeeper.userSecret" (dict "root" $ "user" .) | quote }}
  {{- end }}
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

{{/* What the scripts read of the environment. */}}
{{- define "zookeeper.env" -}}
- name: POD
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: ARCHITECTURE
  value: {{ .Values.architecture }}
- name: BASE
  value: {{ include "common.fullname" . | quote }}
- name: SUFFIX
  value: {{ include "zookeeper.suffix" . }}
{{- end -}}

{{- define "zookeeper.mounts" -}}
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
{{- end -}}

{{/* Call: (dict "root" . "scripts" "CONFIGMAP") */}}
{{- define "zookeeper.volumes" -}}
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
    secretName: {{ include "zookeeper.authSecret" .root | quote }}
    defaultMode: 0440
{{- range .root.Values.users }}
- name: user-{{ include "common.userSlug" .name }}
  secret:
    secretName: {{ include "zookeeper.userSecret" (dict "root" $.root "user" .) | quote }}
    defaultMode: 0440
{{- end }}
{{- end -}}

{{/* The hook that takes members in or lets them go. Call: (dict "root" . "name" "NAME" "hook" "post-install,post-upgrade" "weight" 0 "act" "grow") */}}
{{- define "zookeeper.reconfigure" -}}
{{- $ctx := dict "root" .root "component" "hook" -}}
{{- with .root -}}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ $.name | quote }}
  labels: {{- include "common.labels" $ctx | nindent 4 }}
  annotations:
    helm.sh/hook: {{ $.hook }}
    helm.sh/hook-weight: {{ sub $.weight 1 | quote }}
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
data:
  common.sh: |
    {{- include "common.agent.sh" . | nindent 4 }}
  hook.sh: |
    {{- include "common.hook.sh" . | nindent 4 }}
  {{- range list "lib.sh" "reconfigure.sh" }}
  {{ . }}: |
    {{- $.root.Files.Get (printf "files/%s" .) | nindent 4 }}
  {{- end }}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ $.name | quote }}
  labels: {{- include "common.labels" $ctx | nindent 4 }}
  annotations:
    helm.sh/hook: {{ $.hook }}
    helm.sh/hook-weight: {{ $.weight | quote }}
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
    helm.sh/hook-output-log-policy: hook-failed
spec:
  # A pod that was lost half-way is replaced, and its successor goes on.
  backoffLimit: 4
  activeDeadlineSeconds: {{ int64 .Values.hooks.reconfigureDeadlineSeconds }}
  {{- include "common.refusalPolicy" "reconfigure" | nindent 2 }}
  template:
    metadata:
      labels: {{- include "common.podLabels" $ctx | nindent 8 }}
      {{- include "common.podAnnotations" $ctx.root | nindent 6 }}
    spec:
      {{- include "common.imagePullSecrets" . | nindent 6 }}
      automountServiceAccountToken: false
      enableServiceLinks: false
      {{- include "common.dns" . | nindent 6 }}
      restartPolicy: Never
      securityContext: {{- include "common.podSecurityContext" 1000 | nindent 8 }}
      {{- include "common.placement" . | nindent 6 }}
      containers:
        - name: reconfigure
          image: {{ include "common.image" (dict "root" . "image" .Values.image) | quote }}
          imagePullPolicy: {{ .Values.image.pullPolicy }}
          command: [bash, /opt/ballast/reconfigure.sh, {{ $.act }}]
          env:
            {{- include "zookeeper.env" . | nindent 12 }}
            - name: REPLICAS
              value: {{ include "zookeeper.replicas" . | quote }}
          securityContext: {{- include "common.containerSecurityContext" . | nindent 12 }}
          resources: {{- toYaml .Values.hooks.resources | nindent 12 }}
          volumeMounts:
            {{- include "zookeeper.mounts" . | nindent 12 }}
      volumes:
        {{- include "zookeeper.volumes" (dict "root" . "scripts" $.name) | nindent 8 }}
{{- end }}
{{- end -}}

{{/* What a server's pod has of its own, by the value that can't have it a second time. */}}
{{- define "zookeeper.own" -}}
extraEnv: [ARCHITECTURE, BASE, CLIENT_JVMFLAGS, JVM_FLAGS, POD, SUFFIX]
extraVolumes: [api-access, auth, data, run, scripts, tmp]
extraVolumeMounts: [/data, /etc/ballast, /opt/ballast, /run/ballast, /tmp]
{{- end -}}
