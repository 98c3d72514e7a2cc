{{/*
The service account of a chart's servers and, where a role sidecar runs, what that may do.
Call: (dict "root" . "component" "server" "state" "CONFIGMAP"), and "statefulsets" (list "NAME") where there are several; no Role when state is empty.
*/}}
{{- define "common.rbac" -}}
{{- $name := include "common.fullname" .root -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ $name | quote }}
  labels: {{- include "common.labels" . | nindent 4 }}
  {{- with .root.Values.serviceAccount.annotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
automountServiceAccountToken: false
{{- if .state }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ $name | quote }}
  labels: {{- include "common.labels" . | nindent 4 }}
rules:
  {{- include "common.role.rules" . | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ $name | quote }}
  labels: {{- include "common.labels" . | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ $name | quote }}
subjects:
  - kind: ServiceAccount
    name: {{ $name | quote }}
    namespace: {{ .root.Release.Namespace | quote }}
{{- end }}
{{- end -}}

{{/* Call: (dict "root" . "component" "server" "name" "NAME") */}}
{{- define "common.pdb" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ .name | quote }}
  labels: {{- include "common.labels" . | nindent 4 }}
spec:
  # One at a time, also in larger groups: a majority of n allows more, but then no failure beside the drain.
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels: {{- include "common.selectorLabels" . | nindent 6 }}
{{- end -}}

{{/* Call: (dict "root" . "component" "server" "name" "NAME") */}}
{{- define "common.serviceMonitor" -}}
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  name: {{ .name | quote }}
  labels: {{- include "common.labels" (merge (dict "more" .root.Values.metrics.serviceMonitor.labels) .) | nindent 4 }}
spec:
  selector:
    matchLabels: {{- include "common.selectorLabels" . | nindent 6 }}
  endpoints:
    - port: metrics
      interval: {{ .root.Values.metrics.serviceMonitor.interval | quote }}
{{- end -}}

{{/*
Where clients write and where they read: NAME-primary and NAME-replicas. What a single instance lacks is the sidecar that gives the labels: its
pod has the primary's for good, and both lead there.
Call: (dict "root" . "component" "server" "port" 3306 "portName" "mysql" "single" true "annotations" (dict "primary" (dict …) "replicas" (dict …)))
*/}}
{{- define "common.roleServices" -}}
{{- $call := . -}}
{{- range $role := list "primary" "replicas" }}
apiVersion: v1
kind: Service
metadata:
  name: {{ include "common.fullname" $call.root }}-{{ $role }}
  labels: {{- include "common.labels" $call | nindent 4 }}
  annotations:
    {{- toYaml (get $call.annotations $role) | nindent 4 }}
    {{- with $call.root.Values.service.annotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  {{- include "common.service" $call.root.Values.service | nindent 2 }}
  ports:
    - name: {{ $call.portName }}
      port: {{ $call.port }}
      targetPort: {{ $call.portName }}
      {{- include "common.nodePort" (list $call.root.Values.service $role) | nindent 6 }}
  selector:
    {{- include "common.selectorLabels" $call | nindent 4 }}
    {{- if or (eq $role "primary") $call.single }}
    ballast.dev/role: primary
    {{- else }}
    ballast.dev/readable: "true"
    {{- end }}
---
{{ end -}}
{{- end -}}

{{/* What the values say of a Service that clients of all kinds may use. Call with them: .Values.service */}}
{{- define "common.service" -}}
type: {{ .type }}
{{- with .ipFamilyPolicy }}
ipFamilyPolicy: {{ . }}
{{- end }}
{{- with .loadBalancerClass }}
loadBalancerClass: {{ . | quote }}
{{- end }}
{{- with .loadBalancerSourceRanges }}
loadBalancerSourceRanges: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* The port of nodes for one of a Service's ports, where it is chosen. Call: (list .Values.service "client") */}}
{{- define "common.nodePort" -}}
{{- with get (first .).nodePorts (last .) -}}
nodePort: {{ int . }}
{{- end -}}
{{- end -}}

{{/* The hook Jobs and the test serve nobody. */}}
{{- define "common.hooksNetworkPolicy" -}}
{{- $ctx := dict "root" . "component" "hook" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "common.fullname" . }}-hooks
  labels: {{- include "common.labels" $ctx | nindent 4 }}
spec:
  podSelector:
    matchLabels: {{- include "common.selectorLabels" $ctx | nindent 6 }}
  policyTypes: [Ingress]
  ingress: []
{{- end -}}

{{/* The claim of each member's volume. Call: (dict "root" . "component" "server") */}}
{{- define "common.dataClaim" -}}
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: data
  labels: {{- include "common.selectorLabels" . | nindent 4 }}
spec:
  accessModes: {{- toYaml .root.Values.persistence.accessModes | nindent 4 }}
  {{- include "common.storageClass" .root | nindent 2 }}
  resources:
    requests:
      storage: {{ .root.Values.persistence.size }}
{{- end -}}

{{/* The class that a claim names: "" is a class, too, of volumes that nobody provisions. Charts of others say global.storageClass "" for none named. */}}
{{- define "common.storageClass" -}}
{{- if not (kindIs "invalid" .Values.persistence.storageClass) -}}
storageClassName: {{ .Values.persistence.storageClass | quote }}
{{- else if .Values.global.storageClass -}}
storageClassName: {{ .Values.global.storageClass | quote }}
{{- end -}}
{{- end -}}
