{{/*
The role sidecar: copies the role that the server's own quorum gave a member to the pod's labels, on which the -primary and
-replicas Services select. What it reads and writes in the shared directory is described in _role.sh.tpl.

Call: (dict "root" . "component" "server" "peerPort" 33061), for one of several groups "statefulset" "NAME" "group" "LABEL=VALUE", and where a Lease
decides who is primary "leaseSeconds" 3.
*/}}
{{- define "common.role.container" -}}
- name: role
  {{- include "common.container" (dict "root" .root "image" .root.Values.tools.image "resources" .root.Values.roleSidecar.resources) | nindent 2 }}
  restartPolicy: Always
  command: [sh, /opt/ballast/role.sh]
  env:
    {{- include "common.podEnv" . | nindent 4 }}
    {{- include "common.namespaceEnv" . | nindent 4 }}
    - name: STATEFULSET
      value: {{ default (include "common.fullname" .root) .statefulset | quote }}
    - name: STATE_CONFIGMAP
      value: {{ include "common.state" .root | quote }}
    - name: SELECTOR
      value: {{ join "," (compact (list (include "common.role.selector" .) .group)) | quote }}
    - name: LABELS
      value: {{ include "common.madeLabels" . | quote }}
    - name: PEER_SUFFIX
      value: {{ include "common.suffix" .root }}
    - name: PEER_PORT
      value: {{ .peerPort | quote }}
    {{- with .leaseSeconds }}
    - name: LEASE
      value: {{ include "common.fullname" $.root | quote }}
    - name: LEASE_SECONDS
      value: {{ int . | quote }}
    {{- end }}
  volumeMounts:
    - name: scripts
      mountPath: /opt/ballast
      readOnly: true
    - name: run
      mountPath: /run/ballast
    - name: api-access
      mountPath: /var/run/secrets/kubernetes.io/serviceaccount
      readOnly: true
{{- end -}}

{{/* The members' label selector as the API's query parameter wants it. */}}
{{- define "common.role.selector" -}}
app.kubernetes.io/name={{ default .root.Chart.Name .root.Values.nameOverride }},app.kubernetes.io/instance={{ .root.Release.Name }},app.kubernetes.io/component={{ .component }}
{{- end -}}

{{/* The API token, given to the role sidecar alone: the pod itself mounts none. */}}
{{- define "common.apiAccessVolume" -}}
- name: api-access
  projected:
    sources:
      - serviceAccountToken:
          path: token
          expirationSeconds: 3607
      - configMap:
          name: kube-root-ca.crt
          items:
            - key: ca.crt
              path: ca.crt
{{- end -}}

{{/* What the role sidecar may do. Pods can't be named ahead of time by a Role, hence no resourceNames on them. Call with root. */}}
{{- define "common.role.rules" -}}
{{- $sets := list -}}
{{- range (include "common.system" . | fromJson).statefulsets -}}
{{- $set := splitList " " . -}}
{{- if ne (last $set) "0" -}}{{- $sets = append $sets (first $set) -}}{{- end -}}
{{- end -}}
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, watch, patch]
- apiGroups: [apps]
  resources: [statefulsets/scale]
  resourceNames: {{ default (list (include "common.fullname" .)) $sets | toJson }}
  verbs: [get]
- apiGroups: [""]
  resources: [configmaps]
  resourceNames: [{{ include "common.state" . | quote }}]
  verbs: [get, update]
{{- if (include "common.system" . | fromJson).lease }}
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  resourceNames: [{{ include "common.fullname" . | quote }}]
  verbs: [get, watch, patch]
{{- end }}
{{- end -}}
