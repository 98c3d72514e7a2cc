{{/*
The base name of every object of a chart: RELEASE-CHART, or just RELEASE where that already names the chart. A part of another chart is never called like the
latter: release redis-cluster names two of its parts. The name of a Service begins with a letter and has no dot, that of a release need not.
More than 40 characters are cut, and told apart by a hash: the longest suffix that a chart adds, a pod's ordinal and a controller's hash fit into 63. A name of the
user's own may have 48 (see common.values.name for charts that add more).
*/}}
{{- define "common.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 48 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $release := .Release.Name | replace "." "-" -}}
{{- $full := ternary $release (printf "%s-%s" $release $name) (and .Chart.IsRoot (contains $name $release)) -}}
{{- if regexMatch "^[0-9]" $full -}}
{{- $full = printf "%s-%s" .Chart.Name $full -}}
{{- end -}}
{{- if gt (len $full) 40 -}}
{{- $kept := $name | trunc 20 | trimAll "-" -}}
{{- $full = printf "%s-%s-%s" ($full | trunc (sub 32 (len $kept) | int) | trimAll "-") (sha256sum $full | trunc 6) $kept -}}
{{- end -}}
{{- $full -}}
{{- end -}}
{{- end -}}

{{/* Labels that never change over a release's life: the only ones a selector may use. Call: (dict "root" . "component" "server") */}}
{{- define "common.selectorLabels" -}}
app.kubernetes.io/name: {{ default .root.Chart.Name .root.Values.nameOverride | quote }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .component | quote }}
{{- end -}}

{{/* Labels for an object's metadata. Call: (dict "root" . "component" "server"), and "more" (dict "KEY" "VALUE") for further ones of the user's. */}}
{{- define "common.labels" -}}
{{- $labels := dict "app.kubernetes.io/part-of" "ballast" "app.kubernetes.io/version" .root.Chart.AppVersion "app.kubernetes.io/managed-by" .root.Release.Service
  "helm.sh/chart" (printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_") -}}
{{ include "common.selectorLabels" . }}
{{ include "common.labelsOf" (list $labels .root.Values.commonLabels .more) }}
{{- end -}}

{{/* Labels of a pod of any kind. Call: (dict "root" . "component" "server") */}}
{{- define "common.podLabels" -}}
{{ include "common.selectorLabels" . }}
{{- with include "common.labelsOf" (list .root.Values.commonLabels .root.Values.podLabels) }}
{{ . }}
{{- end }}
{{- end -}}

{{/* Labels, as JSON, of what the charts' scripts make. Call as above. */}}
{{- define "common.madeLabels" -}}
{{- include "common.labelsOf" (list (include "common.selectorLabels" . | fromYaml) .root.Values.commonLabels) | fromYaml | toJson -}}
{{- end -}}

{{/* Several maps in one, the last of them first: a key that is there twice is no YAML. sprig's merge would take "" for missing. */}}
{{- define "common.labelsOf" -}}
{{- $all := dict -}}
{{- range . -}}{{- range $key, $value := . -}}{{- $_ := set $all $key $value -}}{{- end -}}{{- end -}}
{{- with $all -}}{{- toYaml . -}}{{- end -}}
{{- end -}}

{{/* The annotations of a pod that has none but the user's. Call with root. */}}
{{- define "common.podAnnotations" -}}
{{- with .Values.podAnnotations }}
annotations: {{- toYaml . | nindent 2 }}
{{- end }}
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

{{/* A scalar of the user's values as text: numbers in full, where Go would write 8.64e+07. Those that helm did not keep are refused by common.validate. */}}
{{- define "common.scalar" -}}
{{- if kindIs "string" . -}}{{ . }}{{- else -}}{{ toJson . }}{{- end -}}
{{- end -}}

{{/* Names that every chart gives in the same way. */}}
{{- define "common.members" -}}{{ include "common.fullname" . }}-members{{- end -}}
{{- define "common.state" -}}{{ include "common.fullname" . }}-state{{- end -}}
{{- define "common.domain" -}}{{ .Release.Namespace }}.svc.{{ .Values.clusterDomain }}{{- end -}}
{{/* What follows a member's name in its host name. */}}
{{- define "common.suffix" -}}{{ include "common.members" . }}.{{ include "common.domain" . }}{{- end -}}
{{/* Host names of the first members, blanks between them; without some, by their ordinals. Call: (dict "root" . "replicas" 3), and "without" (list 1) */}}
{{- define "common.memberHosts" -}}
{{- $hosts := list -}}
{{- range $i := until (int .replicas) -}}
{{- if not (has $i $.without) -}}{{- $hosts = append $hosts (printf "%s-%d.%s" (include "common.fullname" $.root) $i (include "common.suffix" $.root)) -}}{{- end -}}
{{- end -}}
{{- join " " $hosts -}}
{{- end -}}
{{- define "common.host" -}}{{ include "common.fullname" . }}.{{ include "common.domain" . }}{{- end -}}
{{- define "common.primaryHost" -}}{{ include "common.fullname" . }}-primary.{{ include "common.domain" . }}{{- end -}}
{{- define "common.replicasHost" -}}{{ include "common.fullname" . }}-replicas.{{ include "common.domain" . }}{{- end -}}
{{/* The service account of the servers. */}}
{{- define "common.account" -}}{{ default (include "common.fullname" .) .Values.serviceAccount.name }}{{- end -}}
{{- define "common.authSecret" -}}{{ default (printf "%s-auth" (include "common.fullname" .)) .Values.auth.existingSecret }}{{- end -}}
{{- define "common.tlsSecret" -}}{{ default (printf "%s-tls" (include "common.fullname" .)) .Values.tls.existingSecret }}{{- end -}}

{{/* A user's name as a part of the names of Kubernetes' objects. Call with the name. */}}
{{- define "common.userSlug" -}}
{{- . | replace "_" "-" | replace "." "-" | trimAll "-" -}}
{{- end -}}

{{/* Accounts of clients, as SYSTEM.endpoint lists them: YAML. Call with root. */}}
{{- define "common.accounts" -}}
{{- $accounts := list -}}
{{- range .Values.users -}}{{- $accounts = append $accounts (dict "name" .name "secret" (include "common.userSecret" (dict "root" $ "user" .))) -}}{{- end -}}
{{- toJson $accounts -}}
{{- end -}}

{{/* The Secret of a client's account. Call: (dict "root" . "user" USER) */}}
{{- define "common.userSecret" -}}
{{- default (printf "%s-user-%s" (include "common.fullname" .root) (include "common.userSlug" .user.name)) .user.existingSecret -}}
{{- end -}}
