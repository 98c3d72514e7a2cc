{{/*
The base name of every object of a chart: RELEASE-CHART, or just RELEASE where that already names the chart.
48 characters at most: the longest suffix a chart adds, a pod's ordinal and a controller hash still fit into 63 (see common.values for charts that add more).
The name of a Service begins with a letter and has no dot, that of a release need not.
*/}}
{{- define "common.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 48 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $full := .Release.Name | replace "." "-" -}}
{{- if not (contains $name .Release.Name) -}}
{{- $full = printf "%s-%s" $full $name -}}
{{- end -}}
{{- if regexMatch "^[0-9]" $full -}}
{{- $full = printf "%s-%s" .Chart.Name $full -}}
{{- end -}}
{{- $full | trunc 48 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Labels that never change over a release's life: the only ones a selector may use. Call: (dict "root" . "component" "server") */}}
{{- define "common.selectorLabels" -}}
app.kubernetes.io/name: {{ default .root.Chart.Name .root.Values.nameOverride | quote }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* Labels for an object's metadata. Call: (dict "root" . "component" "server") */}}
{{- define "common.labels" -}}
{{ include "common.selectorLabels" . }}
app.kubernetes.io/part-of: ballast
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{/*
An image reference: a digest wins over the tag, global.imageRegistry over the image's own registry. Without any registry the repository
begins with one, or is the container runtime's to find. Call: (dict "root" . "image" .Values.image)
*/}}
{{- define "common.image" -}}
{{- join "/" (compact (list (default .image.registry .root.Values.global.imageRegistry) .image.repository)) -}}
{{- if .image.digest -}}
{{- printf "@%s" .image.digest -}}
{{- else -}}
{{- printf ":%s" .image.tag -}}
{{- end -}}
{{- end -}}

{{- define "common.imagePullSecrets" -}}
{{- with .Values.global.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* A scalar of the user's values as text: whole numbers in full, where Go would write 8.64e+07. */}}
{{- define "common.scalar" -}}
{{- if and (kindIs "float64" .) (eq (floor .) .) -}}{{ int64 . }}{{- else -}}{{ . }}{{- end -}}
{{- end -}}
