{{/*
The hook before install and upgrade: refuses what would lose data, and makes credentials, certificates and the state's ConfigMap once (see
_prepare.sh.tpl). Call with a dict:
  root          the chart's context
  replicas      members that the release is to have; maxReplicas: that it could have
  statefulsets  lists "NAME REPLICAS" where there are several; REPLICAS is 0 for those that this release has not
  credentials   Secrets to create, "NAME KEY…" each
  expected      those that the user promised, "NAME KEY[:RULES]…": what a value may be, see fault_of in _prepare.sh.tpl
  architecture  what can't be changed in place; the value of that name when absent
  converts      pairs "FROM:TO" of architectures that may become each other in place
  tlsSecret     Secret to create with a self-signed pair, and altNames for it; none when empty
  state         ConfigMap that remembers the group; none when empty
  image         the image with curl; the role sidecar's when absent
*/}}
{{- define "common.prepare" -}}
{{- $root := .root -}}
{{- $full := include "common.fullname" $root -}}
{{- $sets := default (list (printf "%s %v" $full .replicas)) .statefulsets -}}
{{- $name := printf "%s-prepare" $full -}}
{{- $curl := .image -}}
{{- if not $curl -}}{{- $curl = $root.Values.roleSidecar.image -}}{{- end -}}
{{- $ctx := dict "root" $root "component" "hook" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ $name | quote }}
  labels: {{- include "common.labels" $ctx | nindent 4 }}
  annotations:
    helm.sh/hook: pre-install,pre-upgrade
    helm.sh/hook-weight: "-10"
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
automountServiceAccountToken: false
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ $name | quote }}
  labels: {{- include "common.labels" $ctx | nindent 4 }}
  annotations:
    helm.sh/hook: pre-install,pre-upgrade
    helm.sh/hook-weight: "-10"
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
rules:
  # Creating can't be limited to names; reading is.
  - apiGroups: [""]
    resources: [secrets{{ if .state }}, configmaps{{ end }}]
    verbs: [create]
  - apiGroups: [""]
    resources: [secrets]
    resourceNames:
      {{- range concat .credentials .expected }}
      - {{ splitList " " . | first | quote }}
      {{- end }}
      {{- with .tlsSecret }}
      - {{ . | quote }}
      {{- end }}
    verbs: [get]
  {{- with .state }}
  - apiGroups: [""]
    resources: [configmaps]
    resourceNames: [{{ . | quote }}]
    verbs: [get]
  {{- end }}
  - apiGroups: [apps]
    resources: [statefulsets, statefulsets/scale]
    resourceNames:
      {{- range $sets }}
      - {{ splitList " " . | first | quote }}
      {{- end }}
    verbs: [get, delete]
  - apiGroups: [""]
    resources: [pods]
    verbs: [get, patch]
  - apiGroups: [""]
    resources: [persistentvolumeclaims]
    resourceNames:
      {{- range $set := $sets }}
      {{- range $i := until (int $.maxReplicas) }}
      - data-{{ splitList " " $set | first }}-{{ $i }}
      {{- end }}
      {{- end }}
    verbs: [patch]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ $name | quote }}
  labels: {{- include "common.labels" $ctx | nindent 4 }}
  annotations:
    helm.sh/hook: pre-install,pre-upgrade
    helm.sh/hook-weight: "-10"
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ $name | quote }}
subjects:
  - kind: ServiceAccount
    name: {{ $name | quote }}
    namespace: {{ $root.Release.Namespace | quote }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ $name | quote }}
  labels: {{- include "common.labels" $ctx | nindent 4 }}
  annotations:
    helm.sh/hook: pre-install,pre-upgrade
    helm.sh/hook-weight: "-10"
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
data:
  prepare.sh: |
    {{- include "common.api.sh" . | nindent 4 }}
    {{- include "common.prepare.sh" . | nindent 4 }}
  {{- if .tlsSecret }}
  certificates.sh: |
    {{- include "common.certificates.sh" . | nindent 4 }}
  {{- end }}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ $name | quote }}
  labels: {{- include "common.labels" $ctx | nindent 4 }}
  annotations:
    helm.sh/hook: pre-install,pre-upgrade
    helm.sh/hook-weight: "-5"
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
    helm.sh/hook-output-log-policy: hook-failed
spec:
  backoffLimit: 1
  activeDeadlineSeconds: 180
  {{- include "common.refusalPolicy" "prepare" | nindent 2 }}
  template:
    metadata:
      labels: {{- include "common.podLabels" $ctx | nindent 8 }}
      {{- include "common.podAnnotations" $ctx.root | nindent 6 }}
    spec:
      {{- include "common.imagePullSecrets" $root | nindent 6 }}
      serviceAccountName: {{ $name | quote }}
      automountServiceAccountToken: false
      enableServiceLinks: false
      restartPolicy: Never
      securityContext: {{- include "common.podSecurityContext" 999 | nindent 8 }}
      {{- include "common.placement" $root | nindent 6 }}
      {{- if .tlsSecret }}
      initContainers:
        - name: certificates
          image: {{ include "common.image" (dict "root" $root "image" $root.Values.image) | quote }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          command: [bash, /opt/ballast/certificates.sh, /work]
          env:
            - name: COMMON_NAME
              value: {{ $full | quote }}
            - name: ALT_NAMES
              value: {{ printf "DNS:%s" (join ",DNS:" (prepend .altNames "localhost")) }}
          securityContext: {{- include "common.containerSecurityContext" . | nindent 12 }}
          resources: {{- toYaml $root.Values.hooks.resources | nindent 12 }}
          volumeMounts:
            - name: scripts
              mountPath: /opt/ballast
              readOnly: true
            - name: work
              mountPath: /work
      {{- end }}
      containers:
        - name: prepare
          image: {{ include "common.image" (dict "root" $root "image" $curl) | quote }}
          imagePullPolicy: {{ $curl.pullPolicy }}
          command: [sh, /opt/ballast/prepare.sh]
          env:
            - name: NAMESPACE
              valueFrom:
                fieldRef:
                  fieldPath: metadata.namespace
            - name: STATEFULSETS
              value: {{ join "\n" $sets | quote }}
            - name: ARCHITECTURE
              value: {{ default $root.Values.architecture .architecture }}
            - name: CONVERTS
              value: {{ join " " .converts | quote }}
            - name: VOLUME_SIZE
              value: {{ $root.Values.persistence.size }}
            - name: LABELS
              value: {{ include "common.madeLabels" (dict "root" $root "component" "server") | quote }}
            - name: CREDENTIALS
              value: {{ join "\n" .credentials | quote }}
            - name: EXPECTED
              value: {{ join "\n" .expected | quote }}
            {{- with .tlsSecret }}
            - name: TLS_SECRET
              value: {{ . | quote }}
            {{- end }}
            {{- with .state }}
            - name: STATE_CONFIGMAP
              value: {{ . | quote }}
            {{- end }}
          securityContext: {{- include "common.containerSecurityContext" . | nindent 12 }}
          resources: {{- toYaml $root.Values.hooks.resources | nindent 12 }}
          volumeMounts:
            - name: scripts
              mountPath: /opt/ballast
              readOnly: true
            - name: work
              mountPath: /work
            - name: api-access
              mountPath: /var/run/secrets/kubernetes.io/serviceaccount
              readOnly: true
      volumes:
        - name: scripts
          configMap:
            name: {{ $name | quote }}
        - name: work
          emptyDir:
            medium: Memory
            sizeLimit: 8Mi
        {{- include "common.apiAccessVolume" . | nindent 8 }}
{{- end -}}
