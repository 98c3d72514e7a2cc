{{/* What `migrations` of the values becomes for files/provision.sh. Each is called with (dict "root" . "as" RECORD), of the record's `hooks.migrations`. */}}
{{- define "common.migrations.key" -}}
{{ printf "%04d-%s.%s" .index .id .as.extension }}
{{- end -}}

{{/* Entries of the hook's ConfigMap. */}}
{{- define "common.migrations.data" -}}
{{- $as := .as -}}
{{- range $i, $script := .root.Values.migrations.scripts }}
{{- $head := ternary (printf "%s database: %s\n" $as.comment $script.database) "" (hasKey $script "database") }}
migration-{{ include "common.migrations.key" (dict "index" $i "id" $script.id "as" $as) }}: {{ printf "%s%s\n" $head (trimSuffix "\n" (get $script $as.body)) | toJson }}
{{- end }}
{{- end -}}

{{/* A volume, whose files have the order in which they are applied. */}}
{{- define "common.migrations.volume" -}}
{{- $as := .as -}}
{{- $migrations := .root.Values.migrations -}}
- name: migrations
  {{- if $migrations.configMap }}
  configMap: {name: {{ $migrations.configMap | quote }}}
  {{- else if $migrations.scripts }}
  configMap:
    name: {{ include "common.fullname" .root }}-provision
    items:
      {{- range $i, $script := $migrations.scripts }}
      {{- $key := include "common.migrations.key" (dict "index" $i "id" $script.id "as" $as) }}
      - {key: {{ printf "migration-%s" $key | quote }}, path: {{ $key | quote }}}
      {{- end }}
  {{- else }}
  emptyDir: {}
  {{- end }}
{{- end -}}

{{/* Call: (dict "chart" NAME "migrations" BLOCK "body" KEY) */}}
{{- define "common.validate.migrations" -}}
{{- $ids := dict -}}
{{- $bytes := 0 -}}
{{- range $i, $script := .migrations.scripts -}}
{{- $text := get . $.body -}}
{{- $bytes = add $bytes (len $text) -}}
{{- if gt $bytes 900000 -}}
{{- fail (printf "%s: migrations.scripts[%d] (%s) brings all scripts to %d bytes, and a ConfigMap has room for 900000 beside the chart's own: keep the tables here, and load their data from a client" $.chart $i .id $bytes) -}}
{{- end -}}
{{- if contains "\x00" $text -}}
{{- fail (printf "%s: migrations.scripts[%d] (%s) has the character NUL, at which a script ends: write 0x00, or remove it" $.chart $i .id) -}}
{{- end -}}
{{- if not (trim $text) -}}
{{- fail (printf "%s: migrations.scripts[%d] (%s) is empty: write a statement, or remove it" $.chart $i .id) -}}
{{- end -}}
{{- if hasKey $ids .id -}}
{{- fail (printf "%s: migrations.scripts has the id %s twice: every migration needs its own" $.chart .id) -}}
{{- end -}}
{{- $_ := set $ids .id true -}}
{{- end -}}
{{- if and .migrations.configMap .migrations.scripts -}}
{{- fail (printf "%s: migrations.configMap and migrations.scripts are both set: keep one of them, their order would be unclear" .chart) -}}
{{- end -}}
{{- end -}}
