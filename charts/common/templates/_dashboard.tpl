{{/*
A dashboard of the release's system, in a ConfigMap that Grafana's sidecar takes; nothing where none is asked for, or the component has no metrics. Call: (dict "root" . "component" "server" "title" "MySQL" "panels" "mysql.panels"), the template that gives them as YAML, a list of
  title, help    what it shows, and how to read it
  unit           Grafana's name of it; a plain number unless told
  stat           true for the newest value in large type; a curve unless told
  queries        `expr`, and for the legend `name`, `by` (labels whose values tell its series apart), or both
A release has its own, whose queries name its namespace: whoever looks at it need not choose.
*/}}
{{- define "common.dashboard" -}}
{{- $root := .root -}}
{{- $component := get (include "common.components" $root | fromJson) .component -}}
{{- if and $root.Values.metrics.dashboard.enabled (dig "metrics" "" (default dict $component)) -}}
{{- $name := $component.name -}}
{{- $source := dict "type" "prometheus" "uid" "${datasource}" -}}
{{- $panels := list -}}
{{- $at := dict "x" 0 "y" 0 "height" 0 -}}
{{- $volumes := list -}}
{{- $sets := list -}}
{{- range include "common.statefulsets" $root | fromJsonArray -}}{{- $sets = append $sets (splitList " " . | first) -}}{{- end -}}
{{- if and $sets (dig "persistence" "enabled" false (omit $root.Values "global")) -}}
{{- $claims := printf "namespace=%q, persistentvolumeclaim=~%q" $root.Release.Namespace (printf "data-(%s)-[0-9]+" (join "|" $sets)) -}}
{{- $volumes = list (dict
      "title" "Volumes"
      "help" "How full each server's volume is, by what kubelet says; nothing where the storage does not tell it."
      "unit" "percentunit"
      "queries" (list (dict
        "expr" (printf "max by (persistentvolumeclaim) (kubelet_volume_stats_used_bytes{%s} / kubelet_volume_stats_capacity_bytes{%s})" $claims $claims)
        "by" "persistentvolumeclaim"))) -}}
{{- end -}}
{{- range $panel := concat (include .panels $root | fromYamlArray) $volumes -}}
{{- $width := ternary 6 12 (default false $panel.stat) -}}
{{- $height := ternary 4 8 (default false $panel.stat) -}}
{{- if or (gt (add $at.x $width) 24) (and (gt (int $at.x) 0) (ne $height (int $at.height))) -}}
{{- $_ := set $at "y" (add $at.y $at.height) -}}
{{- $_ := set $at "x" 0 -}}
{{- end -}}
{{- $targets := list -}}
{{- range $i, $query := $panel.queries -}}
{{- $legend := default "" $query.name -}}
{{- range splitList "," (default "" $query.by) -}}
{{- with trim . -}}{{- $legend = printf "%s {{%s}}" $legend . | trim -}}{{- end -}}
{{- end -}}
{{- $targets = append $targets (dict
      "refId" (printf "%c" (add 65 $i)) "datasource" $source "expr" $query.expr "legendFormat" $legend "instant" (default false $panel.stat) "range" (not $panel.stat)) -}}
{{- end -}}
{{- $made := dict
      "id" (add1 (len $panels)) "type" (ternary "stat" "timeseries" (default false $panel.stat)) "title" $panel.title "description" $panel.help
      "datasource" $source "targets" $targets
      "gridPos" (dict "x" (int $at.x) "y" (int $at.y) "w" $width "h" $height)
      "fieldConfig" (dict "defaults" (dict "unit" (default "short" $panel.unit) "min" 0) "overrides" list) -}}
{{- if $panel.stat -}}
{{- $_ := set $made "options" (dict "reduceOptions" (dict "calcs" (list "lastNotNull") "fields" "" "values" false)) -}}
{{- end -}}
{{- $panels = append $panels $made -}}
{{- $_ := set $at "x" (add $at.x $width) -}}
{{- $_ := set $at "height" $height -}}
{{- end -}}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ printf "%s-grafana" $name | quote }}
  labels: {{- include "common.labels" (merge (dict "more" (default (dict "grafana_dashboard" "1") $root.Values.metrics.dashboard.labels)) .) | nindent 4 }}
  {{- with $root.Values.metrics.dashboard.annotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
data:
  {{ printf "%s-%s.json" $root.Release.Namespace $name }}: |
    {{- dict
          "uid" (printf "%s/%s" $root.Release.Namespace $name | sha256sum | trunc 40)
          "title" (printf "%s: %s in %s" .title $name $root.Release.Namespace)
          "tags" (list "ballast" $root.Chart.Name)
          "schemaVersion" 39 "editable" true "graphTooltip" 1 "refresh" "30s" "time" (dict "from" "now-1h" "to" "now")
          "templating" (dict "list" (list (dict "type" "datasource" "name" "datasource" "label" "Data source" "query" "prometheus")))
          "panels" $panels | toPrettyJson | nindent 4 }}
{{- end -}}
{{- end -}}
