{{/*
Where another system of the same release is, as YAML: what its chart's template SYSTEM.endpoint says of it. Empty where there is none, and outside of an umbrella that
introduces its parts to each other (charts/ballast/templates/before). Call: (dict "root" . "system" "KEY-IN-THE-UMBRELLA")
*/}}
{{- define "common.sibling" -}}
{{- with get (default dict (get .root "Siblings")) .system -}}
{{- include (printf "%s.endpoint" (default $.system .SystemName)) . -}}
{{- end -}}
{{- end -}}
