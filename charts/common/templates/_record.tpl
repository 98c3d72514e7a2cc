{{/*
A hook Job that remembers in the state's ConfigMap that the cluster exists (see _record.sh.tpl), and follows the one that provisioned it: of the same weight, by its
name, so that in the umbrella no other system's hook that fails comes between. It is a Job of its own because the provisioning would have to be an init container before it,
and helm shows no log of those. Call with a dict:
  root
  state      the ConfigMap
  recorded   entries for it, {"formed": "true"} unless given
*/}}
{{- define "common.record" -}}
{{- $ctx := dict "root" .root "component" "hook" -}}
{{- $name := printf "%s-record" (include "common.fullname" .root) -}}
{{- $annotations := "helm.sh/hook: post-install,post-upgrade\nhelm.sh/hook-delete-policy: before-hook-creation,hook-succeeded" -}}
{{- with .root -}}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ $name | quote }}
  labels: {{- include "common.labels" $ctx | nindent 4 }}
  annotations:
    {{- $annotations | nindent 4 }}
    helm.sh/hook-weight: "-1"
data:
  api.sh: |
    {{- include "common.api.sh" . | nindent 4 }}
  record.sh: |
    {{- include "common.record.sh" . | nindent 4 }}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ $name | quote }}
  labels: {{- include "common.labels" $ctx | nindent 4 }}
  annotations:
    {{- $annotations | nindent 4 }}
    helm.sh/hook-weight: "-1"
automountServiceAccountToken: false
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ $name | quote }}
  labels: {{- include "common.labels" $ctx | nindent 4 }}
  annotations:
    {{- $annotations | nindent 4 }}
    helm.sh/hook-weight: "-1"
rules:
  - apiGroups: [""]
    resources: [configmaps]
    resourceNames: [{{ $.state | quote }}]
    verbs: [patch]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ $name | quote }}
  labels: {{- include "common.labels" $ctx | nindent 4 }}
  annotations:
    {{- $annotations | nindent 4 }}
    helm.sh/hook-weight: "-1"
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ $name | quote }}
subjects:
  - kind: ServiceAccount
    name: {{ $name | quote }}
    namespace: {{ .Release.Namespace | quote }}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ $name | quote }}
  labels: {{- include "common.labels" $ctx | nindent 4 }}
  annotations:
    {{- $annotations | nindent 4 }}
    helm.sh/hook-weight: "0"
    helm.sh/hook-output-log-policy: hook-failed
spec:
  backoffLimit: 4
  activeDeadlineSeconds: 180
  template:
    metadata:
      labels: {{- include "common.podLabels" $ctx | nindent 8 }}
      {{- include "common.podAnnotations" $ctx.root | nindent 6 }}
    spec:
      {{- include "common.imagePullSecrets" . | nindent 6 }}
      serviceAccountName: {{ $name | quote }}
      automountServiceAccountToken: false
      enableServiceLinks: false
      restartPolicy: Never
      securityContext: {{- include "common.podSecurityContext" 999 | nindent 8 }}
      {{- include "common.placement" . | nindent 6 }}
      containers:
        - name: record
          image: {{ include "common.image" (dict "root" . "image" .Values.hooks.image) | quote }}
          imagePullPolicy: {{ .Values.hooks.image.pullPolicy }}
          command: [sh, /opt/ballast/record.sh]
          env:
            - name: NAMESPACE
              valueFrom:
                fieldRef:
                  fieldPath: metadata.namespace
            - name: STATE_CONFIGMAP
              value: {{ $.state | quote }}
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
      volumes:
        - name: scripts
          configMap:
            name: {{ $name | quote }}
        {{- include "common.apiAccessVolume" . | nindent 8 }}
{{- end }}
{{- end -}}
