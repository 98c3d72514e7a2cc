{{/* Pod-level security for Pod Security Standard `restricted`. Call with the uid (also used as group and fsGroup). */}}
{{- define "common.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{/* Call with a dict; "owner" true for what has to be the owner of a directory that a node has made: root by name, without any of its capabilities. */}}
{{- define "common.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- if .owner }}
runAsNonRoot: false
runAsUser: 0
{{- end }}
{{- end -}}

{{/*
Where members may run: apart from each other (softly, or strictly with scheduling.antiAffinity=hard) and spread over zones (likewise, by scheduling.zoneSpread).
Call: (dict "root" . "component" "server" "replicas" 3 "labels" "LABELS"), where labels, if any, tell those apart that may share a node.
*/}}
{{- define "common.scheduling" -}}
{{- $s := .root.Values.scheduling -}}
{{- $selector := include "common.selectorLabels" . -}}
{{- with .labels }}
{{- $selector = printf "%s\n%s" $selector . -}}
{{- end }}
{{- if or $s.affinity (gt (int .replicas) 1) }}
affinity:
  {{- if $s.affinity }}
  {{- toYaml $s.affinity | nindent 2 }}
  {{- else }}
  podAntiAffinity:
    {{- if eq $s.antiAffinity "hard" }}
    requiredDuringSchedulingIgnoredDuringExecution:
      - topologyKey: kubernetes.io/hostname
        labelSelector:
          matchLabels: {{- $selector | nindent 12 }}
    {{- else }}
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 100
        podAffinityTerm:
          topologyKey: kubernetes.io/hostname
          labelSelector:
            matchLabels: {{- $selector | nindent 14 }}
    {{- end }}
  {{- end }}
{{- end }}
{{- if $s.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- range $s.topologySpreadConstraints }}
  - {{- toYaml . | nindent 4 }}
    {{- if not .labelSelector }}
    labelSelector:
      matchLabels: {{- $selector | nindent 8 }}
    {{- end }}
  {{- end }}
{{- else if and (gt (int .replicas) 1) (ne $s.zoneSpread "none") }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: topology.kubernetes.io/zone
    whenUnsatisfiable: {{ ternary "DoNotSchedule" "ScheduleAnyway" (eq $s.zoneSpread "hard") }}
    labelSelector:
      matchLabels: {{- $selector | nindent 8 }}
{{- end }}
{{- include "common.nodes" (dict "root" .root) }}
{{- end -}}

{{/* Where pods may run that are no members: hooks, tests, exporters. Of the user's own affinity, what is about nodes. Call: (dict "root" .), and "tolerations" LIST for further ones. */}}
{{- define "common.placement" -}}
{{- with get .root.Values.scheduling.affinity "nodeAffinity" }}
affinity:
  nodeAffinity: {{- toYaml . | nindent 4 }}
{{- end }}
{{- include "common.nodes" . }}
{{- end -}}

{{/* What scheduling says of every pod. Call as above. */}}
{{- define "common.nodes" -}}
{{- $s := .root.Values.scheduling -}}
{{- with $s.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with concat $s.tolerations (default list .tolerations) }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $s.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- end -}}

{{/* Hook scripts end with 64 when they refuse: an answer, which no retry changes. Call with the containers, all of which may. */}}
{{- define "common.refusalPolicy" -}}
podFailurePolicy:
  rules:
    - action: FailJob
      onExitCodes:
        {{- if eq (len .) 1 }}
        containerName: {{ (first .).name }}
        {{- end }}
        operator: In
        values: [64]
{{- end -}}

{{/* A Kubernetes quantity ("512Mi", "1.5Gi", 0.5, "100m") in thousandths, which the smallest of them are. As a float: what nobody has would be too large for an integer. */}}
{{- define "common.milli" -}}
{{- $q := include "common.scalar" . -}}
{{- $units := dict "m" 1 "k" 1000000 "M" 1000000000 "G" 1000000000000 "T" 1000000000000000 "Ki" 1024000 "Mi" 1048576000 "Gi" 1073741824000 "Ti" 1099511627776000 -}}
{{- $unit := regexFind "[A-Za-z]+$" $q -}}
{{- mulf (trimSuffix $unit $q | float64) (get $units $unit | default 1000 | float64) -}}
{{- end -}}

{{/* A quantity of memory ("512Mi", "1.5Gi", "2G", 1024) as whole bytes. */}}
{{- define "common.bytes" -}}
{{- $q := include "common.scalar" . -}}
{{- if not (regexMatch "^[0-9]+(\\.[0-9]+)?(Ki|Mi|Gi|Ti|k|M|G|T)?$" $q) -}}
{{- fail (printf "%q is not a memory quantity: write for example 512Mi or 2Gi" $q) -}}
{{- end -}}
{{- divf (include "common.milli" . | float64) 1000 | floor | int64 -}}
{{- end -}}

{{/*
Further entries of a list of the servers' pods. What is there twice, the API server refuses after everything else was installed.
Call: (dict "root" . "what" "extraEnv" "own" "TEMPLATE"), where the template says what a pod has of its own, and "path" "apps.im." where the values don't begin with them.
*/}}
{{- define "common.extra" -}}
{{- $chart := .root.Chart.Name -}}
{{- $what := .what -}}
{{- $path := default "" .path -}}
{{- $key := ternary "mountPath" "name" (eq $what "extraVolumeMounts") -}}
{{- $taken := get (include .own .root | fromYaml) $what -}}
{{- $volumes := list -}}
{{- range .root.Values.extraVolumes -}}{{- $volumes = append $volumes .name -}}{{- end -}}
{{- range $entry := get .root.Values $what -}}
{{- $name := get $entry $key | trimSuffix "/" -}}
{{- if or (has $name $taken) (hasPrefix "/etc/ballast/" $name) (and (eq $what "extraVolumes") (or (hasPrefix "user-" $name) (hasPrefix "uses-" $name))) -}}
{{- fail (printf "%s: %s%s has %s, which is taken: use another %s" $chart $path $what $name $key) -}}
{{- end -}}
{{- if and (eq $what "extraVolumeMounts") (not (has $entry.name $volumes)) -}}
{{- fail (printf "%s: %sextraVolumeMounts has %s, which is none of extraVolumes: add it there" $chart $path $entry.name) -}}
{{- end -}}
{{- $taken = append $taken $name -}}
{{- end -}}
{{- with get .root.Values $what -}}{{- toYaml . -}}{{- end -}}
{{- end -}}

{{/* The init containers of the servers' pods, the user's last. Call: (dict "root" . "own" "TEMPLATE" "containers" "YAML") */}}
{{- define "common.initContainers" -}}
{{- $extra := include "common.extra" (dict "root" .root "what" "extraInitContainers" "own" .own "path" .path) -}}
{{- if or .containers $extra }}
initContainers:
  {{- with .containers }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- with $extra }}
  {{- . | nindent 2 }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* All names are whole, so no search list is gone through before them, and a lost packet is sent again after a second. */}}
{{- define "common.dns" -}}
dnsConfig:
  options:
    - name: ndots
      value: "1"
    - name: timeout
      value: "1"
    - name: attempts
      value: "3"
{{- end -}}

{{/* Of a Secret with passwords, the keys that a pod needs. Call: (list "internal" "admin") */}}
{{- define "common.passwordItems" -}}
{{- range . }}
- key: {{ . }}-password
  path: {{ . }}-password
{{- end }}
{{- end -}}

{{/*
A pod's fields without a choice. Of members, which keep apart from each other: "replicas" 3 and, if any, "labels" "LABELS", see common.scheduling. Of all others
without. Call: (dict "root" . "component" "server"), and "account" "NAME", "uid" 999 where they are not the servers'; "groups" (list 0) for further ones, and "tolerations" LIST for
pods that run on every node.
*/}}
{{- define "common.pod" -}}
{{- include "common.imagePullSecrets" .root }}
{{- with .account }}
serviceAccountName: {{ . | quote }}
{{- end }}
automountServiceAccountToken: false
enableServiceLinks: false
{{ include "common.dns" . }}
securityContext:
  {{- include "common.podSecurityContext" (default (include "common.system" .root | fromJson).uid .uid | int) | nindent 2 }}
  {{- with .groups }}
  supplementalGroups: {{ toJson . }}
  {{- end }}
{{- if hasKey . "replicas" }}
{{- include "common.scheduling" . }}
{{- else }}
{{- include "common.placement" . }}
{{- end }}
{{- end -}}

{{/*
The metadata of a workload's pods. A change of its configuration restarts them, but for entries that they read anew. Call: (dict "root" . "component" "server"
"configmap" "server/configmap.yaml"), or that ConfigMap's own "data", and "apart" (list "ENTRY"), "labels" (dict "KEY" "VALUE"), "container" "NAME" for kubectl's default.
*/}}
{{- define "common.podMetadata" -}}
labels:
  {{- include "common.podLabels" . | nindent 2 }}
  {{- with .labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
annotations:
  {{- with .container }}
  kubectl.kubernetes.io/default-container: {{ . }}
  {{- end }}
  {{- $data := .data }}
  {{- with .configmap }}
  {{- $data = include (printf "%s/%s" $.root.Template.BasePath .) $.root | fromYaml | dig "data" dict }}
  {{- end }}
  {{- range .apart }}
  {{- $_ := unset $data . }}
  {{- end }}
  ballast.dev/config: {{ toJson $data | sha256sum }}
  {{- with .root.Values.podAnnotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{/* A container's fields without a choice. Call: (dict "root" . "image" .Values.image "resources" .Values.resources) */}}
{{- define "common.container" -}}
image: {{ include "common.image" . | quote }}
imagePullPolicy: {{ .image.pullPolicy }}
securityContext: {{- include "common.containerSecurityContext" . | nindent 2 }}
resources: {{- toYaml .resources | nindent 2 }}
{{- end -}}

{{/* How members are replaced, and what becomes of their volumes: nothing. */}}
{{- define "common.upkeep" -}}
updateStrategy:
  type: RollingUpdate
persistentVolumeClaimRetentionPolicy:
  whenDeleted: Retain
  whenScaled: Retain
{{- end -}}

{{/* Probes of a sidecar that is well while its port is open. Call with the port's name. */}}
{{- define "common.portProbes" -}}
startupProbe:
  tcpSocket:
    port: {{ . }}
  periodSeconds: 2
  failureThreshold: 30
readinessProbe:
  tcpSocket:
    port: {{ . }}
  periodSeconds: 10
livenessProbe:
  tcpSocket:
    port: {{ . }}
  periodSeconds: 20
  failureThreshold: 6
{{- end -}}

{{/* What the prepare hook compares an upgrade with: annotations of a StatefulSet. Call with root. */}}
{{- define "common.compared" -}}
ballast.dev/architecture: {{ default .Values.architecture (include "common.system" . | fromJson).architecture }}
ballast.dev/volume-size: {{ include "common.volumeSize" . }}
{{- end -}}
