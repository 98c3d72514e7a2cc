{{/*
The role sidecar: copies the role that the server's own quorum gave a member to the pod's labels, on which the -primary and
-replicas Services select. What it reads and writes in the shared directory is described in _role.sh.tpl.

Call: (dict "root" . "component" "server" "peerSuffix" "DOMAIN" "peerPort" 33061 "state" "CONFIGMAP"), and for one of several groups "statefulset" "NAME"
"group" "LABEL=VALUE".
*/}}
{{- define "common.role.container" -}}
- name: role
  image: {{ include "common.image" (dict "root" .root "image" .root.Values.roleSidecar.image) | quote }}
  imagePullPolicy: {{ .root.Values.roleSidecar.image.pullPolicy }}
  restartPolicy: Always
  command: [sh, /opt/ballast/role.sh]
  env:
    - name: POD
      valueFrom:
        fieldRef:
          fieldPath: metadata.name
    - name: NAMESPACE
      valueFrom:
        fieldRef:
          fieldPath: metadata.namespace
    - name: STATEFULSET
      value: {{ default (include "common.fullname" .root) .statefulset | quote }}
    - name: STATE_CONFIGMAP
      value: {{ .state | quote }}
    - name: SELECTOR
      value: {{ join "," (compact (list (include "common.role.selector" .) .group)) | quote }}
    - name: LABELS
      value: {{ include "common.madeLabels" . | quote }}
    - name: PEER_SUFFIX
      value: {{ .peerSuffix }}
    - name: PEER_PORT
      value: {{ .peerPort | quote }}
  securityContext: {{- include "common.containerSecurityContext" . | nindent 4 }}
  resources: {{- toYaml .root.Values.roleSidecar.resources | nindent 4 }}
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

{{/* What the role sidecar may do. Pods can't be named ahead of time by a Role, hence no resourceNames on them. Call: (dict "root" . "state" "CONFIGMAP" "statefulsets" (list "NAME")) */}}
{{- define "common.role.rules" -}}
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, watch, patch]
- apiGroups: [apps]
  resources: [statefulsets/scale]
  resourceNames: {{ default (list (include "common.fullname" .root)) .statefulsets | toJson }}
  verbs: [get]
- apiGroups: [""]
  resources: [configmaps]
  resourceNames: [{{ .state | quote }}]
  verbs: [get, update]
{{- end -}}
