{{/*
A component of one kind of container that keeps nothing: its Deployment, and the ConfigMap of its scripts, of the component's name. Its Service, network policy and
monitor are by the record. Call with a dict:
  root, component, image, resources
  files, alone       see common.files
  data               further entries of the ConfigMap
  command            a list
  env, mounts, volumes, probes, lifecycle   as YAML
  initContainers, containers   the user's own, as YAML
  uid, account       where they are not the servers', and a service account
  spread             whether its pods keep apart from each other
  grace              terminationGracePeriodSeconds
*/}}
{{- define "common.deployment" -}}
{{- $component := include "common.component" . | fromJson -}}
{{- $pod := dict "root" .root "component" .component "account" .account "uid" .uid -}}
{{- /* Also of a single pod, which would have to go when a second one came. */ -}}
{{- if .spread -}}{{- $_ := set $pod "replicas" 2 -}}{{- end -}}
{{- $scripts := include "common.files" (dict "root" .root "files" .files "alone" .alone) -}}
{{- range $key, $text := .data -}}{{- $scripts = printf "%s\n%s: %s" $scripts $key (toJson $text) -}}{{- end -}}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ $component.name | quote }}
  labels: {{- include "common.labels" . | nindent 4 }}
data:
  {{- $scripts | nindent 2 }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $component.name | quote }}
  labels: {{- include "common.labels" . | nindent 4 }}
  {{- include "common.unmeasured" $component | nindent 2 }}
spec:
  replicas: {{ int $component.replicas }}
  selector:
    matchLabels: {{- include "common.selectorLabels" . | nindent 6 }}
  template:
    metadata:
      {{- include "common.podMetadata" (dict "root" .root "component" .component "data" ($scripts | fromYaml)) | nindent 6 }}
    spec:
      {{- include "common.pod" $pod | nindent 6 }}
      terminationGracePeriodSeconds: {{ .grace }}
      {{- with .initContainers }}
      {{- . | nindent 6 }}
      {{- end }}
      containers:
        - name: {{ .component }}
          {{- include "common.container" (dict "root" .root "image" .image "resources" .resources) | nindent 10 }}
          command: {{ toJson .command }}
          env:
            {{- .env | nindent 12 }}
          ports:
            {{- range $name, $port := $component.ports }}
            - name: {{ $name }}
              containerPort: {{ $port.port }}
            {{- end }}
          {{- with .lifecycle }}
          lifecycle:
            {{- . | nindent 12 }}
          {{- end }}
          {{- .probes | nindent 10 }}
          volumeMounts:
            {{- .mounts | nindent 12 }}
        {{- with .containers }}
        {{- . | nindent 8 }}
        {{- end }}
      volumes:
        {{- .volumes | nindent 8 }}
{{- end -}}

{{/* Why a workload has no metrics, for the suite's own contract tests. Call with a component of the record. */}}
{{- define "common.unmeasured" -}}
{{- with .unmeasured }}
annotations:
  ballast.dev/unmeasured: {{ . | quote }}
{{- end }}
{{- end -}}
