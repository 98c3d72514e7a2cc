{{/* Annotations of a hook's objects. Call: (dict "hook" "pre-upgrade" "weight" -3), and "output" true of what prints what went wrong. */}}
{{- define "common.hookAnnotations" -}}
helm.sh/hook: {{ .hook }}
helm.sh/hook-weight: {{ .weight | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- if .output }}
helm.sh/hook-output-log-policy: hook-failed
{{- end }}
{{- end -}}

{{/*
A hook: a Job, the ConfigMap of its scripts and, where it asks the API server, its account. A part of an umbrella that introduces its parts to each other leaves the Job
to that: helm runs hooks one after another and waits for each of their objects, so all parts do one act at once. Call with a dict:
  root, act, hook, weight
  files              entries of the ConfigMap, as YAML
  resources          the hooks' unless told
  container          its name, which the hook's log shows
  image, command     as a map of the values, and a list
  env, mounts, volumes, init   as YAML
  uid                where it is not the servers'
  rules              what the account may do, as YAML
  deadline           seconds
  retries            times that a lost pod is replaced
  alone              whether it runs by itself in an umbrella, too
*/}}
{{- define "common.hookJob" -}}
{{- $umbrella := ternary dict (default dict (get .root "Umbrella")) (not (empty .alone)) -}}
{{- $name := printf "%s-%s" (include "common.fullname" .root) .act -}}
{{- if not (hasPrefix "pre-" .hook) -}}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ $name | quote }}
  labels: {{- include "common.labels" (dict "root" .root "component" "hook") | nindent 4 }}
data:
  {{- .files | nindent 2 }}
---
{{ end -}}
{{- $part := include "common.hookPart" (dict "hook" . "name" $name "umbrella" $umbrella) | fromJson -}}
{{- if $umbrella -}}
{{- $_ := set $umbrella.hooks $name $part -}}
{{- else -}}
{{- include "common.hookObjects" (dict "root" .root "name" $name "parts" (dict $name $part)) -}}
{{- end -}}
{{- end -}}

{{/*
What a part adds to a hook, as JSON. In one pod with others, its container has the part's name, and so begin those of its volumes; users differ by container, and the
pod's group lets all of them read what they mount. Call: (dict "hook" HOOK "name" "NAME" "umbrella" UMBRELLA), with that of common.hookJob.
*/}}
{{- define "common.hookPart" -}}
{{- $root := .hook.root -}}
{{- $own := $root.Values -}}
{{- $uid := default (include "common.system" $root | fromJson).uid .hook.uid | int -}}
{{- $container := include "common.hookContainer" .hook | fromYaml -}}
{{- $init := fromYamlArray (default "" .hook.init) -}}
{{- $volumes := fromYamlArray .hook.volumes -}}
{{- $files := fromYaml .hook.files -}}
{{- if .umbrella -}}
{{- $prefix := printf "%s-" $root.Chart.Name -}}
{{- range $one := prepend $init $container -}}
{{- $_ := set $one "name" (ternary $root.Chart.Name (print $prefix $one.name) (eq $one.name $.hook.container)) -}}
{{- $_ := set $one.securityContext "runAsUser" $uid -}}
{{- $_ := set $one.securityContext "runAsGroup" $uid -}}
{{- range $one.volumeMounts -}}{{- $_ := set . "name" (print $prefix .name) -}}{{- end -}}
{{- end -}}
{{- $shared := dict -}}
{{- $items := list -}}
{{- range $file, $text := $files -}}
{{- $_ := set $shared (print $prefix $file) $text -}}
{{- $items = append $items (dict "key" (print $prefix $file) "path" $file) -}}
{{- end -}}
{{- $files = $shared -}}
{{- range $volumes -}}
{{- if and (eq .name "scripts") (hasPrefix "pre-" $.hook.hook) -}}
{{- $_ := set . "configMap" (dict "name" (printf "%s-%s" $.umbrella.name $.hook.act) "items" $items) -}}
{{- end -}}
{{- $_ := set . "name" (print $prefix .name) -}}
{{- end -}}
{{- $uid = 999 -}}
{{- end -}}
{{- dict "act" .hook.act "hook" .hook.hook "weight" .hook.weight "files" $files "container" $container "init" $init "volumes" $volumes
  "rules" (fromYamlArray (default "" .hook.rules)) "deadline" (int64 .hook.deadline) "retries" .hook.retries "guarded" $own.networkPolicy.enabled
  "pod" (dict "labels" $own.commonLabels "podLabels" (include "common.labelsOf" (list $own.commonLabels $own.podLabels) | fromYaml) "annotations" $own.podAnnotations
    "spec" (include "common.pod" (dict "root" $root "uid" $uid) | fromYaml)) | toJson -}}
{{- end -}}

{{- define "common.hookContainer" -}}
name: {{ .container }}
{{ include "common.container" (dict "root" .root "image" .image "resources" (default .root.Values.hooks.resources .resources)) }}
command: {{ toJson .command }}
env:
  {{- .env | nindent 2 }}
volumeMounts:
  {{- .mounts | nindent 2 }}
{{- end -}}

{{/* The objects of one act of one or more parts: those that can run in one pod do. Call: (dict "root" . "name" "NAME" "parts" PARTS), with a map of common.hookPart's. */}}
{{- define "common.hookObjects" -}}
{{- $rules := list -}}
{{- $files := dict -}}
{{- $labels := list -}}
{{- $groups := dict -}}
{{- $act := dict -}}
{{- range .parts -}}
{{- $act = . -}}
{{- $rules = concat $rules .rules -}}
{{- range $file, $text := .files -}}{{- $_ := set $files $file $text -}}{{- end -}}
{{- $labels = append $labels .pod.labels -}}
{{- $key := toJson .pod -}}
{{- $_ := set $groups $key (append (default list (get $groups $key)) .) -}}
{{- end -}}
{{- $about := dict "root" .root "component" "hook" "more" (include "common.labelsOf" $labels | fromYaml) -}}
{{- $before := include "common.hookAnnotations" (dict "hook" $act.hook "weight" (sub $act.weight 1)) -}}
{{- if $rules -}}
{{ include "common.access" (dict "root" .root "component" "hook" "more" $about.more "name" .name "annotations" $before "rules" (uniq $rules | toYaml)) }}
---
{{ end -}}
{{- if hasPrefix "pre-" $act.hook -}}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .name | quote }}
  labels: {{- include "common.labels" $about | nindent 4 }}
  annotations: {{- $before | nindent 4 }}
data: {{- toYaml $files | nindent 2 }}
{{- end }}
{{- $number := 0 }}
{{- range $parts := $groups }}
{{- $number = add1 $number }}
---
{{ include "common.hookRun" (dict "root" $.root "name" (ternary $.name (printf "%s-%d" $.name $number) (eq $number 1)) "account" (ternary $.name "" (not (empty $rules))) "parts" $parts) }}
{{- end }}
{{- end -}}

{{- define "common.hookRun" -}}
{{- $act := first .parts -}}
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .name | quote }}
  labels: {{- include "common.labels" (dict "root" .root "component" "hook" "more" $act.pod.labels) | nindent 4 }}
  annotations: {{- include "common.hookAnnotations" (dict "hook" $act.hook "weight" $act.weight "output" true) | nindent 4 }}
spec:
  {{- include "common.hookSpec" . | nindent 2 }}
{{- end -}}

{{- define "common.hookSpec" -}}
{{- $act := first .parts -}}
{{- $deadline := 0 -}}
{{- $retries := 0 -}}
{{- $init := list -}}
{{- $containers := list -}}
{{- $volumes := list -}}
{{- range .parts -}}
{{- $deadline = max $deadline .deadline -}}
{{- $retries = max $retries .retries -}}
{{- $init = concat $init .init -}}
{{- $containers = append $containers .container -}}
{{- $volumes = concat $volumes .volumes -}}
{{- end -}}
backoffLimit: {{ $retries }}
activeDeadlineSeconds: {{ $deadline }}
{{ include "common.refusalPolicy" $containers }}
template:
  metadata:
    labels:
      {{- include "common.selectorLabels" (dict "root" .root "component" "hook") | nindent 6 }}
      {{- with $act.pod.podLabels }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
    {{- with $act.pod.annotations }}
    annotations: {{- toYaml . | nindent 6 }}
    {{- end }}
  spec:
    {{- toYaml $act.pod.spec | nindent 4 }}
    {{- with .account }}
    serviceAccountName: {{ . | quote }}
    {{- end }}
    restartPolicy: Never
    {{- with $init }}
    initContainers: {{- toYaml . | nindent 6 }}
    {{- end }}
    containers: {{- toYaml $containers | nindent 6 }}
    volumes: {{- toYaml $volumes | nindent 6 }}
{{- end -}}

{{/*
A hook's work as a Job of the release's own, beside the hook: helm --wait comes to hooks only when all pods are ready, and those of apps are not before they can log in. Its name changes
with what it does, because a Job can't be changed: by five digits, which is what the longest name of a system leaves of 63 characters. Only where there may be such apps: the release has parts that use others (`uses` of their record), or the chart at the top is
somebody else's. Call with a dict for common.hookJob.
*/}}
{{- define "common.early" -}}
{{- $umbrella := default dict (get .root "Umbrella") -}}
{{- $needed := not (ternary $umbrella.root .root.Chart.IsRoot (hasKey $umbrella "root")) -}}
{{- range default dict (get .root "Siblings") -}}
{{- if (include (printf "%s.system" (default .Chart.Name .SystemName)) . | fromYaml).uses -}}{{- $needed = true -}}{{- end -}}
{{- end -}}
{{- if $needed -}}
{{- $part := include "common.hookPart" (dict "hook" . "name" .act "umbrella" dict) | fromJson -}}
{{- $spec := include "common.hookSpec" (dict "root" .root "parts" (list $part)) -}}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ printf "%s-%s-%s" (include "common.fullname" .root) .act (print $spec (toJson $part.files) | sha256sum | trunc 5) | quote }}
  labels: {{- include "common.labels" (dict "root" .root "component" "hook" "more" $part.pod.labels) | nindent 4 }}
spec:
  {{- $spec | nindent 2 }}
{{- end -}}
{{- end -}}

{{/* The hooks that the parts of an umbrella left to it. Call with its root. */}}
{{- define "common.hooksTogether" -}}
{{- $acts := dict -}}
{{- $guarded := false -}}
{{- range $name, $part := .Umbrella.hooks -}}
{{- $_ := set $acts $part.act (set (default dict (get $acts $part.act)) $name $part) -}}
{{- $guarded = or $guarded $part.guarded -}}
{{- end -}}
{{- range $act, $parts := $acts }}
---
{{ include "common.hookObjects" (dict "root" $ "name" (printf "%s-%s" $.Umbrella.name $act) "parts" $parts) }}
{{- end }}
{{- if $guarded }}
---
{{ include "common.hooksNetworkPolicy" . }}
{{- end }}
{{- end -}}
