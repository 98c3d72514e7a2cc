{{/*
All objects without a choice, by the chart's record: service account and Role, disruption budgets, network policies, headless Services, monitors, hooks and
the test. Call with root.
*/}}
{{- define "common.objects" -}}
{{- $system := include "common.system" . | fromJson -}}
{{- $components := include "common.components" . | fromJson -}}
{{ include "common.rbac" . }}
{{- range $components }}
{{- $component := . }}
{{- if gt (int .replicas) 1 }}
{{- range default (list dict) .disruptions }}
---
{{ include "common.pdb" (dict "root" $ "component" $component.component "name" (default $component.name .name) "labels" .labels) }}
{{- end }}
{{- end }}
{{- if .headless }}
---
{{ include "common.headless" (dict "root" $ "component" .component) }}
{{- end }}
{{- if $.Values.networkPolicy.enabled }}
---
{{ include "common.networkPolicy" (dict "root" $ "component" .component) }}
{{- end }}
{{- if and .metrics $.Values.metrics.serviceMonitor.enabled }}
---
{{ include "common.serviceMonitor" (dict "root" $ "component" .component "name" .name) }}
{{- end }}
{{- end }}
{{- if $.Values.networkPolicy.enabled }}
---
{{ include "common.hooksNetworkPolicy" . }}
{{- end }}
{{- if or $system.auth $system.state $system.tls }}
---
{{ include "common.prepare" . }}
{{- if include "common.replacing" . }}
---
{{ include "common.replace" . }}
{{- end }}
{{- end }}
{{- $hooks := default dict $system.hooks }}
{{- range $act := list "drain" "provision" }}
{{- if get $hooks $act }}
---
{{ include "common.provision" (dict "root" $ "act" $act) }}
{{- end }}
{{- end }}
{{- with $hooks.recorded }}
---
{{ include "common.record" (dict "root" $ "recorded" .) }}
{{- end }}
{{- if $system.backup }}
{{- if .Values.backup.enabled }}
---
{{ include "common.backup" . }}
{{- end }}
{{- end }}
---
{{ include "common.test" . }}
{{- end -}}

{{/* Call: (dict "root" . "component" "server" "name" "NAME" "rules" "RULES"), and "annotations" "TEXT" for the objects', "accountAnnotations" MAP for the account's own, "account" "NAME" where there is one already. */}}
{{- define "common.access" -}}
{{- if not .account }}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .name | quote }}
  labels: {{- include "common.labels" . | nindent 4 }}
  {{- with .annotations }}
  annotations: {{- . | nindent 4 }}
  {{- end }}
  {{- with .accountAnnotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
automountServiceAccountToken: false
{{- end }}
{{- if .rules }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ .name | quote }}
  labels: {{- include "common.labels" . | nindent 4 }}
  {{- with .annotations }}
  annotations: {{- . | nindent 4 }}
  {{- end }}
rules:
  {{- .rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ .name | quote }}
  labels: {{- include "common.labels" . | nindent 4 }}
  {{- with .annotations }}
  annotations: {{- . | nindent 4 }}
  {{- end }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ .name | quote }}
subjects:
  - kind: ServiceAccount
    name: {{ default .name .account | quote }}
    namespace: {{ .root.Release.Namespace | quote }}
{{- end }}
{{- end -}}

{{/* The service account of a chart's pods and, where a role sidecar runs, what that may do. */}}
{{- define "common.rbac" -}}
{{- $system := include "common.system" . | fromJson -}}
{{- include "common.access" (dict "root" . "component" "server" "name" (include "common.fullname" .) "account" .Values.serviceAccount.name "accountAnnotations" .Values.serviceAccount.annotations
  "rules" (ternary (include "common.role.rules" .) "" (default false $system.role))) -}}
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
    matchLabels:
      {{- include "common.selectorLabels" . | nindent 6 }}
      {{- with .labels }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
{{- end -}}

{{/* Members find each other by it before any of them is ready. Call: (dict "root" . "component" "server") */}}
{{- define "common.headless" -}}
{{- $component := include "common.component" . | fromJson -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ $component.headless | quote }}
  labels: {{- include "common.labels" . | nindent 4 }}
spec:
  clusterIP: None
  publishNotReadyAddresses: true
  ports:{{ if not $component.ports }} []{{ end }}
    {{- range $name, $port := $component.ports }}
    {{- if not $port.outside }}
    - name: {{ $name | quote }}
      port: {{ $port.port }}
      targetPort: {{ $name | quote }}
    {{- end }}
    {{- end }}
  selector:
    {{- include "common.selectorLabels" . | nindent 4 }}
    {{- with $component.selector }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}

{{/* Who may reach which port, by the record. Call: (dict "root" . "component" "server") */}}
{{- define "common.networkPolicy" -}}
{{- $component := include "common.component" . | fromJson -}}
{{- $rules := dict -}}
{{- range $name, $port := $component.ports -}}
{{- if not $port.from -}}
{{- /* In a policy, an empty list lets everybody in. */ -}}
{{- fail (printf "the record of %s does not say who may reach port %s: write from" $.root.Chart.Name $name) -}}
{{- end -}}
{{- $key := toJson $port.from -}}
{{- $_ := set $rules $key (append (default list (get $rules $key)) $name) -}}
{{- end -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ $component.name | quote }}
  labels: {{- include "common.labels" . | nindent 4 }}
spec:
  podSelector:
    matchLabels: {{- include "common.selectorLabels" . | nindent 6 }}
  policyTypes: [Ingress]
  ingress:{{ if not $rules }} []{{ end }}
    {{- range $from, $ports := $rules }}
    - ports:
        {{- range $ports }}
        - port: {{ . | quote }}
        {{- end }}
      from:
        {{- range $peer := fromJsonArray $from }}
        {{- if kindIs "map" $peer }}
        - {{- toYaml $peer | nindent 10 }}
        {{- else if eq $peer "clients" }}
        - podSelector: {}
        {{- with $.root.Values.networkPolicy.allowFrom }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
        {{- else }}
        - podSelector:
            matchLabels: {{- include "common.selectorLabels" (dict "root" $.root "component" $peer) | nindent 14 }}
        {{- with and (eq $peer "hook") (get $.root "Umbrella") }}
        - podSelector:
            matchLabels: {{- .hookLabels | nindent 14 }}
        {{- end }}
        {{- end }}
        {{- end }}
    {{- end }}
{{- end -}}

{{/* The hook Jobs and the test serve nobody. Without an empty list of rules: the API server drops it, and each apply would count as a change. */}}
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
{{- end -}}

{{/* Call: (dict "root" . "component" "server" "name" "NAME") */}}
{{- define "common.serviceMonitor" -}}
{{- $metrics := (include "common.component" . | fromJson).metrics -}}
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  name: {{ .name | quote }}
  labels: {{- include "common.labels" (merge (dict "more" .root.Values.metrics.serviceMonitor.labels) .) | nindent 4 }}
spec:
  selector:
    matchLabels: {{- include "common.selectorLabels" . | nindent 6 }}
  endpoints:
    - port: {{ $metrics.port | quote }}
      {{- with $metrics.path }}
      path: {{ . | quote }}
      {{- end }}
      {{- if and $metrics.path (include "common.system" .root | fromJson).tls }}
      scheme: https
      tlsConfig:
        serverName: {{ include "common.host" .root | quote }}
        ca:
          secret: {name: {{ include "common.tlsSecret" .root | quote }}, key: ca.crt}
        {{- if $metrics.mutual }}
        cert:
          secret: {name: {{ include "common.tlsSecret" .root | quote }}, key: tls.crt}
        keySecret: {name: {{ include "common.tlsSecret" .root | quote }}, key: tls.key}
        {{- end }}
      {{- end }}
      interval: {{ .root.Values.metrics.serviceMonitor.interval | quote }}
{{- end -}}

{{/* The head of a component's alerts, whose rules follow. Call: (dict "root" . "component" "server") */}}
{{- define "common.prometheusRule" -}}
{{- $component := include "common.component" . | fromJson -}}
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: {{ $component.name | quote }}
  labels: {{- include "common.labels" (merge (dict "more" .root.Values.metrics.prometheusRule.labels) .) | nindent 4 }}
spec:
  groups:
    - name: {{ include "common.fullname" .root | quote }}
      rules:
{{- end -}}

{{/* Whether a component has metrics and alerts. Call: (dict "root" . "component" "server") */}}
{{- define "common.alerts" -}}
{{- $component := get (include "common.components" .root | fromJson) .component -}}
{{- if and .root.Values.metrics.prometheusRule.enabled (dig "metrics" "" (default dict $component)) -}}true{{- end -}}
{{- end -}}

{{/* What tells a component's series from others. Call: (dict "root" . "component" "server") */}}
{{- define "common.series" -}}
{{- printf "namespace=%q, service=%q" .root.Release.Namespace (include "common.component" . | fromJson).headless -}}
{{- end -}}

{{/*
Where clients write and where they read: NAME-primary and NAME-replicas. What a single instance lacks is the sidecar that gives the labels: its
pod has the primary's for good, and both lead there.
Call: (dict "root" . "component" "server" "port" 3306 "portName" "mysql" "annotations" (dict "primary" (dict …) "replicas" (dict …)))
*/}}
{{- define "common.roleServices" -}}
{{- $call := . -}}
{{- $single := not (include "common.system" .root | fromJson).clustered -}}
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
    {{- if or (eq $role "primary") $single }}
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

{{/* The command that prints a password. Call: (dict "root" . "key" "KEY"), and "secret" "NAME" where it is not the servers'. */}}
{{- define "common.passwordCommand" -}}
{{- printf "kubectl get secret -n %s %s -o jsonpath='{.data.%s}' | base64 -d" .root.Release.Namespace (default (include "common.authSecret" .root) .secret) .key -}}
{{- end -}}

{{/* The end of every NOTES. Call with root. */}}
{{- define "common.notes.uninstall" -}}
{{- $labels := printf "app.kubernetes.io/instance=%s,app.kubernetes.io/name=%s" .Release.Name (default .Chart.Name .Values.nameOverride) -}}
{{- if not (dig "persistence" "enabled" true (omit .Values "global")) -}}
Its data goes with its pod, because persistence.enabled is false.

{{ end -}}
{{- $system := include "common.system" . | fromJson -}}
{{- $credentials := or $system.auth $system.users $system.tls -}}
{{- if hasKey .Values "persistence" -}}
Uninstalling keeps the volumes{{ if $credentials }} and, as they are useless without each other, the credentials{{ end }}. To delete everything for good:
  kubectl delete pvc -n {{ .Release.Namespace }} -l {{ $labels }}
{{- else -}}
Uninstalling keeps the credentials. To delete them for good:
{{- end }}
  kubectl delete {{ if $credentials }}secret,{{ end }}configmap{{ if $system.lease }},lease{{ end }} -n {{ .Release.Namespace }} -l {{ $labels }},app.kubernetes.io/component=server
{{- end -}}

{{/* For NOTES: how the password of each of `users` is read. Call with root. */}}
{{- define "common.notes.users" -}}
{{- range .Values.users }}
The password of {{ .name }}:
  {{ include "common.passwordCommand" (dict "root" $ "secret" (include "common.userSecret" (dict "root" $ "user" .)) "key" "password") }}
{{- end }}
{{- end -}}

{{/* The claim of each member's volume. Call: (dict "root" . "component" "server"), and "size" "4Gi" where it is not persistence.size. */}}
{{- define "common.dataClaim" -}}
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: data
  labels: {{- include "common.selectorLabels" . | nindent 4 }}
spec:
  accessModes: {{- toYaml .root.Values.persistence.accessModes | nindent 4 }}
  {{- include "common.storageClass" (list .root .root.Values.persistence) | nindent 2 }}
  resources:
    requests:
      storage: {{ default .root.Values.persistence.size .size }}
{{- end -}}

{{/* The volumes of the servers' members, where they have claims of their own. Call: (dict "root" . "component" "server") */}}
{{- define "common.dataClaims" -}}
{{- if eq (include "common.volumeSize" .root) .root.Values.persistence.size -}}
volumeClaimTemplates:
  - {{- include "common.dataClaim" . | nindent 4 }}
{{- end -}}
{{- end -}}

{{/* The volume of a single instance without. Call with root. */}}
{{- define "common.dataVolume" -}}
{{- if not .Values.persistence.enabled -}}
- name: data
  emptyDir:
    sizeLimit: {{ .Values.persistence.size }}
{{- else if .Values.persistence.existingClaim -}}
- name: data
  persistentVolumeClaim:
    claimName: {{ .Values.persistence.existingClaim | quote }}
{{- end -}}
{{- end -}}

{{/* What an upgrade compares: the size of the claims, or what stands in their place. Call with root. */}}
{{- define "common.volumeSize" -}}
{{- if not (and .Values.persistence .Values.persistence.enabled) -}}none
{{- else if .Values.persistence.existingClaim -}}claim {{ .Values.persistence.existingClaim }}
{{- else -}}{{ .Values.persistence.size }}
{{- end -}}
{{- end -}}

{{/*
The class that a claim names: "" is a class, too, of volumes that nobody provisions. Charts of others say global.storageClass "" for none named. Call: (list . .Values.persistence)
*/}}
{{- define "common.storageClass" -}}
{{- $root := first . -}}
{{- $class := (last .).storageClass -}}
{{- if not (kindIs "invalid" $class) -}}
storageClassName: {{ $class | quote }}
{{- else if $root.Values.global.storageClass -}}
storageClassName: {{ $root.Values.global.storageClass | quote }}
{{- end -}}
{{- end -}}

{{/* A claim of a Deployment's, which outlives the release. Call: (dict "root" . "component" "server" "name" "media" "claim" .Values.media) */}}
{{- define "common.keptClaim" -}}
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: {{ include "common.fullname" .root }}-{{ .name }}
  labels: {{- include "common.labels" . | nindent 4 }}
  annotations:
    helm.sh/resource-policy: keep
spec:
  accessModes: {{- toYaml .claim.accessModes | nindent 4 }}
  {{- include "common.storageClass" (list .root .claim) | nindent 2 }}
  resources:
    requests:
      storage: {{ .claim.size }}
{{- end -}}

{{/*
Commands that an alert tells somebody to type, as JSON: `pods` lists those of a release's system, or of a component of it; `describe` and `logs` are of one of them, POD.
Call: (dict "root" . "container" "mysql"), and "component" "server" where others of the release have none of this.
*/}}
{{- define "common.commands" -}}
{{- $namespace := .root.Release.Namespace -}}
{{- $selector := list -}}
{{- range $key, $value := include "common.selectorLabels" (merge (dict) . (dict "component" "")) | fromYaml -}}
{{- if $value -}}{{- $selector = append $selector (printf "%s=%s" $key $value) -}}{{- end -}}
{{- end -}}
{{- dict
      "pods" (printf "kubectl get pods -n %s -l %s" $namespace (join "," $selector))
      "describe" (printf "kubectl describe pod -n %s POD" $namespace)
      "logs" (printf "kubectl logs -n %s POD -c %s --tail 100" $namespace .container) | toJson -}}
{{- end -}}
