{{/*
What every other template may rely on. Helm renders the deepest path first, which is the one template that calls this (templates/before/all/values.yaml).
Call: (dict "root" . "system" "NAME" "room" 48), where NAME begins the chart's own templates, whatever an umbrella calls it, and room is what common.values.name leaves.
What is missing gets the chart's default: a key that is null, and one that was not there yet in the version whose values `--reuse-values` brings along.
Then comes what a schema can't see, and every chart has.
*/}}
{{- define "common.values" -}}
{{- $root := .root -}}
{{- $_ := set $root "SystemName" .system -}}
{{- $chart := $root.Chart.Name -}}
{{- $defaults := $root.Files.Get "files/defaults.json" | fromJson -}}
{{- include "common.values.complete" (dict "chart" $chart "into" $root.Values "from" $defaults "path" "") -}}
{{- include "common.values.check" (dict "chart" $chart "values" $root.Values "defaults" $defaults "path" "") -}}
{{- range $key, $_ := $root.Values.commonLabels -}}
{{- if or (hasPrefix "ballast.dev/" $key) (has $key (list "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/component" "app.kubernetes.io/managed-by" "helm.sh/chart")) -}}
{{- fail (printf "%s: commonLabels.%s is set by the chart itself: use another key" $chart $key) -}}
{{- end -}}
{{- end -}}
{{- include "common.validate" $root -}}
{{- $persistence := default dict $root.Values.persistence -}}
{{- $classes := dict "global" $root.Values.global.storageClass -}}
{{- range $key, $claim := omit $root.Values "global" -}}
{{- if kindIs "map" $claim -}}
{{- if hasKey $claim "accessModes" -}}
{{- $_ := set $classes $key (get $claim "storageClass") -}}
{{- if and (has "ReadWriteOncePod" $claim.accessModes) (gt (len $claim.accessModes) 1) -}}
{{- fail (printf "%s: %s.accessModes has ReadWriteOncePod beside others, and it stands alone: write one of them" $chart $key) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $key, $class := $classes -}}
{{- if not (or (kindIs "invalid" $class) (and (le (len $class) 253) (regexMatch "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)?$" $class))) -}}
{{- fail (printf "%s: %s.storageClass is %q, which no storage class is called: leave it out for the cluster's default, or write %s.storageClass \"\" for volumes that nobody provisions" $chart $key $class (ternary "persistence" $key (eq $key "global"))) -}}
{{- end -}}
{{- end -}}
{{- if and $persistence (or (not $persistence.enabled) $persistence.existingClaim) -}}
{{- $architecture := default "" $root.Values.architecture -}}
{{- if and (not $persistence.enabled) $persistence.existingClaim -}}
{{- fail (printf "%s: persistence.existingClaim has no effect without persistence.enabled: write enabled true, or leave existingClaim empty" $chart) -}}
{{- else if not (include "common.system" $root | fromJson).clustered -}}
{{- else if $persistence.existingClaim -}}
{{- fail (printf "%s: persistence.existingClaim is one volume, and with architecture %s each member has its own: leave it empty, or write architecture standalone" $chart $architecture) -}}
{{- else -}}
{{- fail (printf "%s: persistence.enabled is false, and with architecture %s a member that forgets everything with its pod loses what was acknowledged: write true, or architecture standalone" $chart $architecture) -}}
{{- end -}}
{{- end -}}
{{- if .room -}}{{- include "common.values.name" . -}}{{- end -}}
{{- end -}}

{{/*
Whether the base name leaves room for what is added to it: the longest name made of it, and the hash that a StatefulSet's pods have as a label, fit
into 63 characters. Call: (dict "root" . "room" 48)
*/}}
{{- define "common.values.name" -}}
{{- $chart := .root.Chart.Name -}}
{{- $override := .root.Values.fullnameOverride -}}
{{- if regexMatch "^[0-9]" $override -}}
{{- fail (printf "%s: fullnameOverride is %s, and the name of a Service begins with a letter: write for example %s-%s" $chart $override $chart $override) -}}
{{- end -}}
{{- $full := include "common.fullname" .root -}}
{{- if gt (len $full) (int .room) -}}
{{- fail (printf "%s: the name %s has %d characters, too many for what is added to it: write a fullnameOverride of %d at most" $chart $full (len $full) (int .room)) -}}
{{- end -}}
{{- end -}}

{{/* sprig's merge would take an empty string, 0 and false for missing. A memory limit that somebody took away is not given back unasked. */}}
{{- define "common.values.complete" -}}
{{- range $key, $default := .from -}}
{{- $own := index $.into $key -}}
{{- if kindIs "invalid" $default -}}
{{- else if kindIs "invalid" $own -}}
{{- $_ := set $.into $key (deepCopy $default) -}}
{{- else if kindIs "map" $default -}}
{{- if and (hasKey $default "limits") (not (dig "limits" "memory" "" (dict "limits" (default dict (index $own "limits"))))) -}}
{{- fail (printf "%s: %s%s.limits.memory is missing, and every container has a memory limit: write for example %s" $.chart $.path $key $default.limits.memory) -}}
{{- end -}}
{{- include "common.values.complete" (dict "chart" $.chart "into" $own "from" $default "path" (printf "%s%s." $.path $key)) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "common.values.check" -}}
{{- range $key, $default := .defaults -}}
{{- if kindIs "map" $default -}}
{{- $own := index $.values $key -}}
{{- $path := printf "%s%s" $.path $key -}}
{{- if and (hasKey $default "repository") (hasKey $default "tag") -}}
{{- if and $default.repository (not $own.repository) -}}
{{- fail (printf "%s: %s.repository is empty: write for example %s" $.chart $path $default.repository) -}}
{{- end -}}
{{- if and $own.repository (not $own.tag) (not $own.digest) -}}
{{- fail (printf "%s: %s.tag is empty: write one%s, or %s.digest" $.chart $path (ternary "" (printf " (%s)" $default.tag) (empty $default.tag)) $path) -}}
{{- end -}}
{{- else if hasKey $default "loadBalancerClass" -}}
{{- range $name, $types := dict "loadBalancerClass" (list "LoadBalancer") "loadBalancerSourceRanges" (list "LoadBalancer") "nodePorts" (list "NodePort" "LoadBalancer") -}}
{{- if and (get $own $name) (not (has $own.type $types)) -}}
{{- fail (printf "%s: %s.%s has no effect on a Service of type %s: set %s.type to %s, or leave %s.%s empty" $.chart $path $name $own.type $path (join " or " $types) $path $name) -}}
{{- end -}}
{{- end -}}
{{- $ports := list -}}
{{- range $port := values (default dict $own.nodePorts) -}}
{{- if has (int $port) $ports -}}
{{- fail (printf "%s: %s.nodePorts has %d twice: each port needs its own" $.chart $path (int $port)) -}}
{{- end -}}
{{- $ports = append $ports (int $port) -}}
{{- end -}}
{{- else if hasKey $default "limits" -}}
{{- range $resource, $limit := $own.limits -}}
{{- $request := index $own.requests $resource -}}
{{- if not (kindIs "invalid" $request) -}}
{{- if gt (include "common.milli" $request | float64) (include "common.milli" $limit | float64) -}}
{{- fail (printf "%s: %s.requests.%s (%s) is larger than %s.limits.%s (%s): raise the limit, or lower the request" $.chart $path $resource (include "common.scalar" $request) $path $resource (include "common.scalar" $limit)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- else -}}
{{- include "common.values.check" (dict "chart" $.chart "values" $own "defaults" $default "path" (printf "%s." $path)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
