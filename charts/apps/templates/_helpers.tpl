{{/*
The apps by their names, as contexts for all that is called with root: each has the chart's values, and over them its own. They are put into .Apps of the chart's context,
because a context can't be a template's result. Not before templates/validate.yaml: the parts of an umbrella come to know each other before.
*/}}
{{- define "apps.introduce" -}}
{{- if not (hasKey . "Apps") -}}
{{- $apps := dict -}}
{{- range $name, $own := .Values.apps -}}
{{- $values := deepCopy $own -}}
{{- include "apps.complete" (dict "into" $values "from" (omit $.Values "apps")) -}}
{{- $_ := set $values "persistence" $values.data -}}
{{- $_ := set $apps $name (merge (dict "App" $name "Values" $values) (omit $ "Values" "SystemRecord")) -}}
{{- end -}}
{{- range $apps -}}{{- $_ := set . "Others" $apps -}}{{- end -}}
{{- $_ := set . "Apps" $apps -}}
{{- end -}}
{{- end -}}

{{/* What an app does not say, in maps as deep as they go; sprig's merge would take an empty string, 0 and false for missing. */}}
{{- define "apps.complete" -}}
{{- range $key, $default := .from -}}
{{- $own := index $.into $key -}}
{{- if kindIs "invalid" $own -}}
{{- if not (kindIs "invalid" $default) -}}{{- $_ := set $.into $key (deepCopy $default) -}}{{- end -}}
{{- else if and (kindIs "map" $own) (kindIs "map" $default) -}}
{{- include "apps.complete" (dict "into" $own "from" $default) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Of the context of an app: its component, the name of its objects, and what most helpers are called with, as JSON. */}}
{{- define "apps.path" -}}apps.{{ .App }}.{{- end -}}
{{- define "apps.component" -}}{{ include "common.userSlug" .App }}{{- end -}}
{{- define "apps.name" -}}{{ include "common.fullname" . }}-{{ include "apps.component" . }}{{- end -}}
{{- define "apps.account" -}}{{ default (include "apps.name" .) .Values.serviceAccount.name }}{{- end -}}
{{- define "apps.replicas" -}}{{ int (ternary .Values.autoscaling.minReplicas .Values.replicas .Values.autoscaling.enabled) }}{{- end -}}

{{/* Whether some app uses anything. */}}
{{- define "apps.anyUses" -}}
{{- $any := not (empty .Values.uses) -}}
{{- range .Values.apps -}}{{- $any = or $any (not (empty (default dict .).uses)) -}}{{- end -}}
{{- if $any -}}true{{- end -}}
{{- end -}}

{{/* Where others of the release find an app: nowhere yet, they are told by env. */}}
{{- define "apps.endpoint" -}}{{- end -}}

{{/* The parts of a JVM's memory in bytes, as JSON: what classes, code and direct buffers may take, what is left for threads, the collector and the rest, and the heap. */}}
{{- define "apps.memory" -}}
{{- $limit := include "common.bytes" .Values.resources.limits.memory | int64 -}}
{{- $rest := max 67108864 (div $limit 10) -}}
{{- $beside := add (include "common.bytes" .Values.java.metaspace) (include "common.bytes" .Values.java.directMemory) 67108864 $rest -}}
{{- $heap := sub $limit $beside -}}
{{- if .Values.java.heap -}}{{- $heap = include "common.bytes" .Values.java.heap | int64 -}}{{- end -}}
{{- dict "limit" $limit "beside" $beside "heap" $heap | toJson -}}
{{- end -}}

{{/* Flags of a JVM, which the user's own follow. */}}
{{- define "apps.javaOptions" -}}
{{- $flags := list (printf "-XX:MaxMetaspaceSize=%s" (include "common.bytes" .Values.java.metaspace)) (printf "-XX:MaxDirectMemorySize=%s" (include "common.bytes" .Values.java.directMemory)) -}}
{{- if .Values.java.heapDump -}}{{- $flags = concat $flags (list "-XX:+HeapDumpOnOutOfMemoryError" "-XX:HeapDumpPath=/var/dumps") -}}{{- end -}}
{{- include "common.jvm.flags" (dict "heap" (printf "%d" (int64 (include "apps.memory" . | fromJson).heap)) "flags" (concat $flags .Values.java.flags)) -}}
{{- end -}}

{{/* The app's own variables, as entries of the environment; JSON. */}}
{{- define "apps.env" -}}
{{- $env := list -}}
{{- if .Values.logs.hostPath -}}
{{- range $name, $field := dict "POD" "metadata.name" "NAMESPACE" "metadata.namespace" -}}
{{- $env = append $env (dict "name" $name "valueFrom" (dict "fieldRef" (dict "fieldPath" $field))) -}}
{{- end -}}
{{- end -}}
{{- if .Values.jvm -}}
{{- $env = append $env (dict "name" "JAVA_TOOL_OPTIONS" "value" (include "apps.javaOptions" .)) -}}
{{- $phase := sub .Values.terminationGracePeriodSeconds (add .Values.drainSeconds 5) -}}
{{- range $name, $value := dict "SERVER_SHUTDOWN" "graceful" "SPRING_LIFECYCLE_TIMEOUT_PER_SHUTDOWN_PHASE" (printf "%ds" (max 1 $phase)) -}}
{{- if not (hasKey $.Values.env $name) -}}{{- $env = append $env (dict "name" $name "value" $value) -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- range $name, $value := .Values.env -}}
{{- if kindIs "map" $value -}}
{{- $env = append $env (dict "name" $name "valueFrom" (dict "secretKeyRef" (dict "name" $value.secret "key" $value.key))) -}}
{{- else -}}
{{- $env = append $env (dict "name" $name "value" (include "common.scalar" $value)) -}}
{{- end -}}
{{- end -}}
{{- toJson $env -}}
{{- end -}}

{{/* What it uses of the release, and of the other apps, as common.uses gives it. Nobody waits for another app, which may be waiting for him. */}}
{{- define "apps.uses" -}}
{{- $others := dict -}}
{{- range $name, $other := omit .Others .App -}}
{{- if $other.Values.port -}}
{{- $host := printf "%s.%s" (include "apps.name" $other) (include "common.domain" $other) -}}
{{- $_ := set $others $name (dict "host" $host "port" (int $other.Values.service.port) "waits" list "env" (dict "URL" "http://$(HOST):$(PORT)")) -}}
{{- end -}}
{{- end -}}
{{- include "common.uses" (dict "root" . "endpoints" $others "uses" .Values.uses "path" (printf "apps.%s.uses" .App) "app" .App "env" (concat (include "apps.env" . | fromJsonArray) .Values.extraEnv)) -}}
{{- end -}}

{{/* Keys of the ConfigMap of an app's files, by their paths; JSON. */}}
{{- define "apps.files" -}}
{{- $keys := dict -}}
{{- range $path, $_ := .Values.files -}}{{- $_ := set $keys $path (trimPrefix "/" $path | replace "/" "__") -}}{{- end -}}
{{- toJson $keys -}}
{{- end -}}

{{/* The container of the app, or of its migration, but for name, command and probes. Call: (dict "root" APP "uses" USES) */}}
{{- define "apps.container" -}}
{{- $values := .root.Values -}}
{{- include "common.container" (dict "root" .root "image" $values.image "resources" $values.resources) }}
{{- with .uses.env }}
env: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.envFrom }}
envFrom: {{- toYaml . | nindent 2 }}
{{- end }}
volumeMounts:
  {{- include "common.extra" (dict "root" .root "what" "extraVolumeMounts" "own" "apps.own" "path" (include "apps.path" .root)) | nindent 2 }}
  - name: tmp
    mountPath: /tmp
  {{- with .uses.mounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  {{- range $path, $key := include "apps.files" .root | fromJson }}
  - name: files
    mountPath: {{ $path | quote }}
    subPath: {{ $key | quote }}
    readOnly: true
  {{- end }}
  {{- range $i, $path := $values.writable }}
  - name: writable
    mountPath: {{ $path | quote }}
    subPath: {{ $i | quote }}
  {{- end }}
{{- end -}}

{{/* The volumes of those, and what init containers need. Call as above, and "api" true for one that asks the API server. */}}
{{- define "apps.volumes" -}}
- name: tmp
  emptyDir: {}
{{- with .uses.volumes }}
{{ toYaml . }}
{{- end }}
{{- if .root.Values.files }}
- name: files
  configMap:
    name: {{ include "apps.name" .root | quote }}
{{- end }}
{{- if .root.Values.writable }}
- name: writable
  emptyDir: {}
{{- end }}
{{- if or .uses.waits .api }}
- name: waiting
  configMap:
    name: {{ include "common.fullname" .root }}-waiting
{{- end }}
{{- if .api }}
{{ include "common.apiAccessVolume" .root }}
{{- end }}
{{- end -}}

{{/* One of an app's probes; nothing where there is nobody to ask. Call: (dict "root" APP "what" "readiness") */}}
{{- define "apps.probe" -}}
{{- $probe := get .root.Values.probes .what -}}
{{- $path := $probe.path -}}
{{- if kindIs "invalid" $path -}}
{{- $path = ternary (printf "/actuator/health/%s" (ternary "readiness" "liveness" (eq .what "readiness"))) "" .root.Values.jvm -}}
{{- end -}}
{{- if or $probe.command .root.Values.port -}}
{{ .what }}Probe:
  {{- if $probe.command }}
  exec:
    command: {{ toJson $probe.command }}
  {{- else if $path }}
  httpGet:
    path: {{ $path | quote }}
    port: http
  {{- else }}
  tcpSocket:
    port: http
  {{- end }}
  periodSeconds: {{ int64 $probe.periodSeconds }}
  timeoutSeconds: {{ int64 $probe.timeoutSeconds }}
  failureThreshold: {{ int64 $probe.failureThreshold }}
{{- end -}}
{{- end -}}

{{/* The Job of an app's migration is called by what it is, because a Job can't be changed: another version has another one. */}}
{{- define "apps.migrationName" -}}
{{- printf "%s-migrate-%s" (include "apps.name" .) (print (include "apps.migration" .) (toJson .Values.files) | sha256sum | trunc 8) -}}
{{- end -}}

{{- define "apps.migration" -}}
{{- $uses := include "apps.uses" . | fromJson -}}
# An account may still have to be made.
backoffLimit: 8
activeDeadlineSeconds: {{ mul 3 .Values.waitSeconds }}
template:
  metadata:
    labels: {{- include "common.podLabels" (dict "root" . "component" "hook") | nindent 6 }}
    {{- include "common.podAnnotations" . | nindent 4 }}
  spec:
    {{- include "common.pod" (dict "root" . "uid" .Values.uid) | nindent 4 }}
    restartPolicy: Never
    {{- with include "common.waiting" (dict "root" . "waits" $uses.waits "seconds" .Values.waitSeconds) }}
    initContainers:
      {{- . | nindent 6 }}
    {{- end }}
    containers:
      - name: migrate
        {{- include "apps.container" (dict "root" . "uses" $uses) | nindent 8 }}
        command: {{ toJson .Values.migrate }}
    volumes:
      {{- include "common.extra" (dict "root" . "what" "extraVolumes" "own" "apps.own" "path" (include "apps.path" .)) | nindent 6 }}
      {{- include "apps.volumes" (dict "root" . "uses" $uses) | nindent 6 }}
{{- end -}}

{{/* What an app's pod has of its own, by the value that can't have it a second time. */}}
{{- define "apps.own" -}}
extraEnv: [JAVA_TOOL_OPTIONS, NAMESPACE, POD, SERVER_SHUTDOWN, SPRING_LIFECYCLE_TIMEOUT_PER_SHUTDOWN_PHASE]
extraVolumes: [api-access, data, dumps, files, logs, tmp, waiting, writable]
extraVolumeMounts: [/tmp, /var/dumps]
extraContainers: [app]
extraInitContainers: [migrated, waiting]
{{- end -}}

{{/* The init container that waits until an app's migration is through, and what its account may do for that. */}}
{{- define "apps.migrated" -}}
- name: migrated
  {{- include "common.container" (dict "root" . "image" .Values.tools.image "resources" .Values.hooks.resources) | nindent 2 }}
  command: [sh, /opt/ballast/migrated.sh]
  env:
    {{- include "common.namespaceEnv" . | nindent 4 }}
    {{- include "common.envOf" (dict "JOB" (include "apps.migrationName" .) "SECONDS_AT_MOST" (int64 .Values.waitSeconds)) | nindent 4 }}
  volumeMounts:
    - name: waiting
      mountPath: /opt/ballast
      readOnly: true
    - name: api-access
      mountPath: /var/run/secrets/kubernetes.io/serviceaccount
      readOnly: true
{{- end -}}

{{- define "apps.rules" -}}
- apiGroups: [batch]
  resources: [jobs]
  resourceNames: [{{ include "apps.migrationName" . | quote }}]
  verbs: [get]
{{- end -}}

{{- define "apps.dumpSize" -}}{{ div (mul (include "apps.memory" . | fromJson).heap 5) 4 | add 67108864 }}{{- end -}}

{{- define "apps.alerts" -}}{{ if and .Values.metrics.enabled .Values.metrics.prometheusRule.enabled }}true{{ end }}{{- end -}}
