{{/* What no chart accepts, whatever it is a chart of. Its messages begin with the chart's name, too. */}}
{{- define "common.validate" -}}
{{- $v := omit .Values "global" -}}
{{- $chart := .Chart.Name -}}
{{- if and .Chart.IsRoot (not (dig "enabled" true $v)) -}}
{{- fail (printf "%s: enabled has no effect, because only an umbrella chart reads it: remove it" $chart) -}}
{{- end -}}

{{- include "common.validate.whole" (dict "chart" $chart "path" "" "value" $v) -}}

{{- $selector := list "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/component" -}}
{{- $labels := concat $selector (list "app.kubernetes.io/part-of" "app.kubernetes.io/version" "app.kubernetes.io/managed-by" "helm.sh/chart") -}}
{{- $controllers := list "statefulset.kubernetes.io/pod-name" "apps.kubernetes.io/pod-index" "controller-revision-hash" "pod-template-hash" -}}
{{- include "common.validate.ours" (dict "chart" $chart "path" "podLabels" "map" (dig "podLabels" dict $v) "keys" (concat $selector $controllers)) -}}
{{- include "common.validate.ours" (dict "chart" $chart "path" "podAnnotations" "map" (dig "podAnnotations" dict $v) "keys" (list "kubectl.kubernetes.io/default-container")) -}}
{{- include "common.validate.ours" (dict "chart" $chart "path" "service.annotations" "map" (dig "service" "annotations" dict $v) "keys" list) -}}
{{- range $monitor := list "serviceMonitor" "prometheusRule" "dashboard" -}}
{{- include "common.validate.ours" (dict "chart" $chart "path" (printf "metrics.%s.labels" $monitor) "map" (dig "metrics" $monitor "labels" dict $v) "keys" $labels) -}}
{{- end -}}

{{- $switches := ternary "metrics.enabled or metrics.jmx.enabled" "metrics.enabled" (kindIs "map" (dig "metrics" "jmx" "" $v)) -}}
{{- $measured := or (dig "metrics" "enabled" false $v) (dig "metrics" "jmx" "enabled" false $v) -}}
{{- range $monitor := list "serviceMonitor" "prometheusRule" "dashboard" -}}
{{- if and (dig "metrics" $monitor "enabled" false $v) (not $measured) -}}
{{- fail (printf "%s: metrics.%s.enabled has no effect, because there are no metrics: set %s to true, or metrics.%s.enabled to false" $chart $monitor $switches $monitor) -}}
{{- end -}}
{{- end -}}
{{- if and (dig "tls" "existingSecret" "" $v) (not (dig "tls" "enabled" true $v)) -}}
{{- fail (printf "%s: tls.existingSecret has no effect, because tls.enabled is false: set tls.enabled to true, or leave tls.existingSecret empty" $chart) -}}
{{- end -}}
{{- if and (dig "networkPolicy" "allowFrom" list $v) (not (dig "networkPolicy" "enabled" true $v)) -}}
{{- fail (printf "%s: networkPolicy.allowFrom has no effect, because networkPolicy.enabled is false and everybody is let in: set networkPolicy.enabled to true, or leave networkPolicy.allowFrom empty" $chart) -}}
{{- end -}}
{{- if and (dig "scheduling" "affinity" dict $v) (eq (dig "scheduling" "antiAffinity" "" $v) "hard") -}}
{{- fail (printf "%s: scheduling.antiAffinity has no effect, because scheduling.affinity replaces what it makes: write the anti-affinity into scheduling.affinity, and leave scheduling.antiAffinity soft" $chart) -}}
{{- end -}}

{{- if and (dig "scheduling" "topologySpreadConstraints" list $v) (ne (dig "scheduling" "zoneSpread" "soft" $v) "soft") -}}
{{- fail (printf "%s: scheduling.zoneSpread has no effect, because scheduling.topologySpreadConstraints replaces what it makes: leave scheduling.zoneSpread soft" $chart) -}}
{{- end -}}
{{- if and (dig "serviceAccount" "name" "" $v) (dig "serviceAccount" "annotations" dict $v) -}}
{{- fail (printf "%s: serviceAccount.annotations has no effect, because serviceAccount.name is an account of your own: annotate that one, or leave serviceAccount.name empty" $chart) -}}
{{- end -}}

{{- with dig "heap" "" (ternary $v.jvm dict (kindIs "map" $v.jvm)) -}}
{{- if lt (include "common.bytes" . | int64) 33554432 -}}
{{- fail (printf "%s: jvm.heap is %s, and a server's JVM needs 32Mi at least: leave jvm.heap empty to derive it from resources.limits.memory" $chart .) -}}
{{- end -}}
{{- end -}}

{{- $slugs := dict -}}
{{- range $v.users -}}
{{- $slug := include "common.userSlug" .name -}}
{{- $other := get $slugs $slug -}}
{{- if and $other (ne $other .name) -}}
{{- fail (printf "%s: users has %s and %s, whose Secrets and volumes would have one name (user-%s): rename one of them" $chart $other .name $slug) -}}
{{- end -}}
{{- $_ := set $slugs $slug .name -}}
{{- end -}}
{{- end -}}

{{/* Helm reads a number of a values file as float64, which keeps whole numbers up to 2^53. Call: (dict "chart" "NAME" "path" "config" "value" VALUE) */}}
{{- define "common.validate.whole" -}}
{{- if kindIs "float64" .value -}}
{{- if or (ge .value 9007199254740992.0) (le .value -9007199254740992.0) -}}
{{- fail (printf "%s: %s is about %.3g, and helm reads no number beyond 9007199254740991 exactly: write it in quotes" .chart .path .value) -}}
{{- end -}}
{{- else if kindIs "map" .value -}}
{{- range $key, $value := .value -}}
{{- include "common.validate.whole" (dict "chart" $.chart "path" (ternary $key (printf "%s.%s" $.path $key) (eq $.path "")) "value" $value) -}}
{{- end -}}
{{- else if kindIs "slice" .value -}}
{{- range $i, $value := .value -}}
{{- include "common.validate.whole" (dict "chart" $.chart "path" (printf "%s[%d]" $.path $i) "value" $value) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Labels and annotations that the charts set themselves: selectors and scripts rely on them. Call: (dict "chart" "NAME" "path" "podLabels" "map" MAP "keys" (list "KEY")) */}}
{{- define "common.validate.ours" -}}
{{- range $key, $_ := .map -}}
{{- if or (has $key $.keys) (hasPrefix "ballast.dev/" $key) -}}
{{- fail (printf "%s: %s.%s is set by the chart itself: use another key" $.chart $.path $key) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/*
What an autoscaler that is enabled can't go by. Call with a dict:
  path          what stands before a key in a message: "apps: orders."
  autoscaling   the values of that name
  replicas      whether the user has written replicas, too
  requests      the requests of the pod's containers, by the path of their resources
*/}}
{{- define "common.validate.autoscaling" -}}
{{- $path := .path -}}
{{- $auto := .autoscaling -}}
{{- if .replicas -}}
{{- fail (printf "%sreplicas has no effect, because autoscaling.enabled is true: remove it, and write autoscaling.minReplicas" $path) -}}
{{- end -}}
{{- if gt (int $auto.minReplicas) (int $auto.maxReplicas) -}}
{{- fail (printf "%sautoscaling.minReplicas (%d) is larger than autoscaling.maxReplicas (%d): write one that is not" $path (int $auto.minReplicas) (int $auto.maxReplicas)) -}}
{{- end -}}
{{- range $container, $requests := .requests -}}
{{- range $resource := list "cpu" "memory" -}}
{{- if and (get $auto (print $resource "Percent")) (eq (include "common.milli" (get $requests $resource) | float64) 0.0) -}}
{{- fail (printf "%sautoscaling.%sPercent is a share of %s.requests.%s, which is 0: write a request, or autoscaling.%sPercent 0" $path $resource $container $resource $resource) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if not (or $auto.cpuPercent $auto.memoryPercent $auto.metrics) -}}
{{- fail (printf "%sautoscaling has nothing to go by: write cpuPercent, memoryPercent or metrics" $path) -}}
{{- end -}}
{{- end -}}
