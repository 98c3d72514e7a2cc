{{/*
A hook Job that runs files/provision.sh in the server's image against the running cluster, and, where `record` is true, then remembers in the state's
ConfigMap that there is one. Call with a dict:
  root, name, uid
  hook, weight        "post-install,post-upgrade", 0
  act                 the script's argument
  record, state       whether to remember, and the ConfigMap
  recorded            what: entries for it, {"formed": "true"} unless given
  replicas, most      members that the release is to have, and could have
  scripts, data       names of files that the script needs, and further entries of its ConfigMap
  environment, mounts, volumes   as YAML; the scripts' volume shows the ConfigMap `name`
  userSecret          the template that names the Secret of one of `users`, each of which is mounted
*/}}
{{- define "common.provision" -}}
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
  {{- range $.scripts }}
  {{ . }}: |
    {{- $.root.Files.Get (printf "files/%s" .) | nindent 4 }}
  {{- end }}
  {{- with $.data }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- if $.record }}
  api.sh: |
    {{- include "common.api.sh" . | nindent 4 }}
  record.sh: |
    {{- include "common.record.sh" . | nindent 4 }}
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
    resourceNames: [{{ $.state }}]
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
      securityContext: {{- include "common.podSecurityContext" $.uid | nindent 8 }}
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
            {{- $.environment | nindent 12 }}
            - name: REPLICAS
              value: {{ $.replicas | quote }}
            - name: MOST
              value: {{ $.most | quote }}
          securityContext: {{- include "common.containerSecurityContext" . | nindent 12 }}
          resources: {{- toYaml .Values.hooks.resources | nindent 12 }}
          volumeMounts:
            {{- $.mounts | nindent 12 }}
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
              value: {{ $.state }}
            - name: RECORDED
              value: {{ default (dict "formed" "true") $.recorded | toJson | quote }}
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
        {{- $.volumes | nindent 8 }}
        {{- range .Values.users }}
        - name: user-{{ .name | replace "_" "-" | replace "." "-" }}
          secret:
            secretName: {{ include $.userSecret (dict "root" $.root "user" .) }}
            defaultMode: 0440
        {{- end }}
        {{- if $.record }}
        {{- include "common.apiAccessVolume" . | nindent 8 }}
        {{- end }}
{{- end }}
{{- end -}}
