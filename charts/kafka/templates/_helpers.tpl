{{- define "kafka.members" -}}{{ include "common.fullname" . }}-members{{- end -}}
{{- define "kafka.state" -}}{{ include "common.fullname" . }}-state{{- end -}}
{{- define "kafka.clustered" -}}{{ if eq .Values.architecture "kraft" }}true{{ end }}{{- end -}}
{{- define "kafka.replicas" -}}{{ ternary (int .Values.replicas) 1 (eq .Values.architecture "kraft") }}{{- end -}}
{{/* What follows a member's name in its host name. */}}
{{- define "kafka.suffix" -}}{{ include "kafka.members" . }}.{{ .Release.Namespace }}.svc.{{ .Values.clusterDomain }}{{- end -}}
{{- define "kafka.host" -}}{{ include "common.fullname" . }}.{{ .Release.Namespace }}.svc.{{ .Values.clusterDomain }}{{- end -}}
{{- define "kafka.authSecret" -}}{{ default (printf "%s-auth" (include "common.fullname" .)) .Values.auth.existingSecret }}{{- end -}}

{{/* The Secret of a client's account. Call: (dict "root" . "user" USER) */}}
{{- define "kafka.userSecret" -}}
{{- default (printf "%s-user-%s" (include "common.fullname" .root) (.user.name | replace "_" "-" | replace "." "-")) .user.existingSecret -}}
{{- end -}}

{{/* Copies of a partition, and how many of them must have a record before a producer with acks=all hears of it. */}}
{{- define "kafka.copies" -}}
{{- if ge (int .Values.defaultReplicationFactor) 1 -}}{{ int .Values.defaultReplicationFactor }}{{- else -}}{{ min 3 (int (include "kafka.replicas" .)) }}{{- end -}}
{{- end -}}
{{- define "kafka.insync" -}}
{{- if ge (int .Values.minInsyncReplicas) 1 -}}{{ int .Values.minInsyncReplicas }}{{- else -}}{{ max 1 (sub (int (include "kafka.copies" .)) 1) }}{{- end -}}
{{- end -}}

{{/* server.properties, but for what is a pod's own (run.sh). */}}
{{- define "kafka.properties" -}}
controller.listener.names=CONTROLLER
inter.broker.listener.name=INTERNAL
listener.security.protocol.map=CLIENT:{{ ternary "SASL_PLAINTEXT" "PLAINTEXT" .Values.auth.required }},INTERNAL:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT
listener.name.client.sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.internal.sasl.enabled.mechanisms=PLAIN
listener.name.controller.sasl.enabled.mechanisms=PLAIN
sasl.mechanism.inter.broker.protocol=PLAIN
sasl.mechanism.controller.protocol=PLAIN
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ballast;User:admin
allow.everyone.if.no.acl.found=true
{{- $copies := include "kafka.copies" . }}
{{- $insync := include "kafka.insync" . }}
default.replication.factor={{ $copies }}
min.insync.replicas={{ $insync }}
offsets.topic.replication.factor={{ $copies }}
transaction.state.log.replication.factor={{ $copies }}
transaction.state.log.min.isr={{ $insync }}
share.coordinator.state.topic.replication.factor={{ $copies }}
share.coordinator.state.topic.min.isr={{ $insync }}
unclean.leader.election.enable=false
# Kafka's own 128 MiB are taken at once, which is all of a small heap.
log.cleaner.dedupe.buffer.size={{ min 134217728 (div (include "common.jvm.heap" (dict "heap" .Values.jvm.heap "limit" .Values.resources.limits.memory "share" 0.5) | int64) 8) }}
# A server that is gone is given up after this, and its partitions get other leaders; Kafka's own 9 s is for larger and farther clusters.
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=2500
controller.quorum.fetch.timeout.ms=1500
{{- range $key, $value := .Values.config }}
{{ $key }}={{ include "common.scalar" $value }}
{{- end }}
{{ end -}}

{{/* What the scripts read of the environment. */}}
{{- define "kafka.env" -}}
- name: POD
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: ARCHITECTURE
  value: {{ .Values.architecture }}
- name: BASE
  value: {{ include "common.fullname" . }}
- name: SUFFIX
  value: {{ include "kafka.suffix" . }}
- name: AUTH_REQUIRED
  value: {{ .Values.auth.required | quote }}
{{- end -}}

{{- define "kafka.mounts" -}}
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
{{- end -}}

{{/* Call: (dict "root" . "scripts" "CONFIGMAP") */}}
{{- define "kafka.volumes" -}}
- name: run
  emptyDir:
    medium: Memory
    sizeLimit: 8Mi
- name: tmp
  emptyDir: {}
- name: scripts
  configMap:
    name: {{ .scripts }}
- name: auth
  secret:
    secretName: {{ include "kafka.authSecret" .root }}
    defaultMode: 0440
{{- end -}}

{{/* A hook that does something to the running cluster. Call: (dict "root" . "name" "NAME" "hook" "post-install,post-upgrade" "weight" 0 "act" "provision" "record" true) */}}
{{- define "kafka.provision" -}}
{{- $ctx := dict "root" .root "component" "hook" -}}
{{- $annotations := printf "helm.sh/hook: %s\nhelm.sh/hook-delete-policy: before-hook-creation,hook-succeeded" .hook -}}
{{- with .root -}}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ $.name }}
  labels: {{- include "common.labels" $ctx | nindent 4 }}
  annotations:
    {{- $annotations | nindent 4 }}
    helm.sh/hook-weight: {{ sub $.weight 1 | quote }}
data:
  common.sh: |
    {{- include "common.agent.sh" . | nindent 4 }}
  hook.sh: |
    {{- include "common.hook.sh" . | nindent 4 }}
  {{- range list "lib.sh" "partitions.sh" "provision.sh" "log4j2-tools.xml" }}
  {{ . }}: |
    {{- $.root.Files.Get (printf "files/%s" .) | nindent 4 }}
  {{- end }}
  topics: |
    {{- range .Values.topics }}
    topic {{ .name }} {{ default -1 .partitions | int }} {{ default -1 .replicationFactor | int }}
    {{- $topic := .name }}
    {{- range $key, $value := .config }}
    config {{ $topic }} {{ $key }} {{ include "common.scalar" $value }}
    {{- end }}
    {{- end }}
  {{- if $.record }}
  api.sh: |
    {{- include "common.api.sh" . | nindent 4 }}
  record.sh: |
    {{- $.root.Files.Get "files/record.sh" | nindent 4 }}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ $.name }}
  labels: {{- include "common.labels" $ctx | nindent 4 }}
  annotations:
    {{- $annotations | nindent 4 }}
    helm.sh/hook-weight: {{ sub $.weight 1 | quote }}
automountServiceAccountToken: false
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ $.name }}
  labels: {{- include "common.labels" $ctx | nindent 4 }}
  annotations:
    {{- $annotations | nindent 4 }}
    helm.sh/hook-weight: {{ sub $.weight 1 | quote }}
rules:
  - apiGroups: [""]
    resources: [configmaps]
    resourceNames: [{{ include "kafka.state" . }}]
    verbs: [patch]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ $.name }}
  labels: {{- include "common.labels" $ctx | nindent 4 }}
  annotations:
    {{- $annotations | nindent 4 }}
    helm.sh/hook-weight: {{ sub $.weight 1 | quote }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ $.name }}
subjects:
  - kind: ServiceAccount
    name: {{ $.name }}
    namespace: {{ .Release.Namespace }}
  {{- end }}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ $.name }}
  labels: {{- include "common.labels" $ctx | nindent 4 }}
  annotations:
    {{- $annotations | nindent 4 }}
    helm.sh/hook-weight: {{ $.weight | quote }}
    helm.sh/hook-output-log-policy: hook-failed
spec:
  # A pod that was lost half-way is replaced, and its successor goes on.
  backoffLimit: 4
  activeDeadlineSeconds: {{ .Values.hooks.provisionDeadlineSeconds }}
  {{- include "common.refusalPolicy" "provision" | nindent 2 }}
  template:
    metadata:
      labels: {{- include "common.selectorLabels" $ctx | nindent 8 }}
    spec:
      {{- include "common.imagePullSecrets" . | nindent 6 }}
      {{- if $.record }}
      serviceAccountName: {{ $.name }}
      {{- end }}
      automountServiceAccountToken: false
      enableServiceLinks: false
      {{- include "common.dns" . | nindent 6 }}
      restartPolicy: Never
      securityContext: {{- include "common.podSecurityContext" 1000 | nindent 8 }}
      {{- with .Values.scheduling.nodeSelector }}
      nodeSelector: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.scheduling.tolerations }}
      tolerations: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{ ternary "initContainers" "containers" $.record }}:
        - name: provision
          image: {{ include "common.image" (dict "root" . "image" .Values.image) }}
          imagePullPolicy: {{ .Values.image.pullPolicy }}
          command: [bash, /opt/ballast/provision.sh, {{ $.act }}]
          env:
            {{- include "kafka.env" . | nindent 12 }}
            - name: REPLICAS
              value: {{ include "kafka.replicas" . | quote }}
            - name: MOST
              value: {{ include "kafka.most" . | quote }}
            - name: THROTTLE
              value: {{ int64 .Values.rebalanceThrottle | quote }}
          securityContext: {{- include "common.containerSecurityContext" . | nindent 12 }}
          resources: {{- toYaml .Values.hooks.resources | nindent 12 }}
          volumeMounts:
            {{- include "kafka.mounts" . | nindent 12 }}
            {{- range .Values.users }}
            - name: user-{{ .name | replace "_" "-" | replace "." "-" }}
              mountPath: /etc/ballast/users/{{ .name }}
              readOnly: true
            {{- end }}
      {{- if $.record }}
      containers:
        - name: record
          image: {{ include "common.image" (dict "root" . "image" .Values.hooks.image) }}
          imagePullPolicy: {{ .Values.hooks.image.pullPolicy }}
          command: [sh, /opt/ballast/record.sh]
          env:
            - name: NAMESPACE
              valueFrom:
                fieldRef:
                  fieldPath: metadata.namespace
            - name: STATE_CONFIGMAP
              value: {{ include "kafka.state" . }}
          securityContext: {{- include "common.containerSecurityContext" . | nindent 12 }}
          resources: {{- toYaml .Values.hooks.resources | nindent 12 }}
          volumeMounts:
            - name: scripts
              mountPath: /opt/ballast
              readOnly: true
            - name: api-access
              mountPath: /var/run/secrets/kubernetes.io/serviceaccount
              readOnly: true
      {{- end }}
      volumes:
        {{- include "kafka.volumes" (dict "root" . "scripts" $.name) | nindent 8 }}
        {{- range .Values.users }}
        - name: user-{{ .name | replace "_" "-" | replace "." "-" }}
          secret:
            secretName: {{ include "kafka.userSecret" (dict "root" $.root "user" .) }}
            defaultMode: 0440
        {{- end }}
        {{- if $.record }}
        {{- include "common.apiAccessVolume" . | nindent 8 }}
        {{- end }}
{{- end }}
{{- end -}}

{{/* No cluster has more servers than this: a bound for what a Role names. */}}
{{- define "kafka.most" -}}15{{- end -}}
