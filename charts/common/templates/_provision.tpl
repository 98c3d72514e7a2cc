{{/*
A hook Job that runs files/provision.sh in the server's image against the running cluster. Call with a dict:
  root, name, uid
  hook, weight        "post-install,post-upgrade", 0
  act                 the script's argument
  replicas, most      members that the release is to have, and could have, where the script asks
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
  name: {{ $.name | quote }}
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
---
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ $.name | quote }}
  labels: {{- include "common.labels" $ctx | nindent 4 }}
  annotations:
    {{- $annotations | nindent 4 }}
    helm.sh/hook-weight: {{ $.weight | quote }}
    helm.sh/hook-output-log-policy: hook-failed
spec:
  # A pod that was lost half-way is replaced, and its successor goes on.
  backoffLimit: 4
  activeDeadlineSeconds: {{ int64 .Values.hooks.provisionDeadlineSeconds }}
  {{- include "common.refusalPolicy" "provision" | nindent 2 }}
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
      securityContext: {{- include "common.podSecurityContext" $.uid | nindent 8 }}
      {{- include "common.placement" . | nindent 6 }}
      containers:
        - name: provision
          image: {{ include "common.image" (dict "root" . "image" .Values.image) | quote }}
          imagePullPolicy: {{ .Values.image.pullPolicy }}
          command: [bash, /opt/ballast/provision.sh, {{ $.act }}]
          env:
            {{- $.environment | nindent 12 }}
            - name: REPLICAS
              value: {{ $.replicas | quote }}
            {{- with $.most }}
            - name: MOST
              value: {{ . | quote }}
            {{- end }}
          securityContext: {{- include "common.containerSecurityContext" . | nindent 12 }}
          resources: {{- toYaml .Values.hooks.resources | nindent 12 }}
          volumeMounts:
            {{- $.mounts | nindent 12 }}
            {{- range .Values.users }}
            - name: user-{{ include "common.userSlug" .name }}
              mountPath: /etc/ballast/users/{{ .name }}
              readOnly: true
            {{- end }}
      volumes:
        {{- $.volumes | nindent 8 }}
        {{- range .Values.users }}
        - name: user-{{ include "common.userSlug" .name }}
          secret:
            secretName: {{ include $.userSecret (dict "root" $.root "user" .) | quote }}
            defaultMode: 0440
        {{- end }}
{{- end }}
{{- end -}}
