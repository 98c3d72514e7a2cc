{{/*
What the objects without a choice are made of: the record that a chart's SYSTEM.system gives of itself, described in README.md of this chart.
Worked out once a release, because many ask for it. Call with root; gives JSON.
*/}}
{{- define "common.system" -}}
{{- if not (hasKey . "SystemRecord") -}}
{{- $_ := set . "SystemRecord" (include (printf "%s.system" .SystemName) . | fromYaml) -}}
{{- with get .SystemRecord "Error" -}}{{- fail (printf "the record %s.system is no YAML: %s" $.SystemName .) -}}{{- end -}}
{{- end -}}
{{- toJson .SystemRecord -}}
{{- end -}}

{{/* A component of the record, with what it may leave out; its own name is in `component`. Call: (dict "root" . "component" "server") */}}
{{- define "common.component" -}}
{{- $system := include "common.system" .root | fromJson -}}
{{- $full := include "common.fullname" .root -}}
{{- $main := eq .component "server" -}}
{{- $own := get (default dict $system.components) .component -}}
{{- $name := ternary $full (printf "%s-%s" $full .component) $main -}}
{{- $defaults := dict "component" .component "name" $name "replicas" (ternary $system.replicas 1 $main) "ports" dict "headless" (ternary (include "common.members" .root) "" $main) -}}
{{- $component := mergeOverwrite $defaults $own -}}
{{- if (default dict $component.ports).metrics -}}{{- $_ := set $component "metrics" (dict "port" "metrics") -}}{{- end -}}
{{- $component | toJson -}}
{{- end -}}

{{/* All components of the record that this release has, by their names; JSON. Call with root. */}}
{{- define "common.components" -}}
{{- $all := dict -}}
{{- range $name, $_ := (include "common.system" . | fromJson).components -}}
{{- $_ := set $all $name (include "common.component" (dict "root" $ "component" $name) | fromJson) -}}
{{- end -}}
{{- toJson $all -}}
{{- end -}}

{{/* What a pod of the servers' image finds in the environment: who it is, and how its members are called. */}}
{{- define "common.env" -}}
{{- include "common.podEnv" . }}
- name: ARCHITECTURE
  value: {{ .Values.architecture }}
- name: BASE
  value: {{ include "common.fullname" . | quote }}
- name: SUFFIX
  value: {{ include "common.suffix" . }}
{{- end -}}

{{- define "common.podEnv" -}}
- name: POD
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
{{- end -}}

{{/*
What a pod of the servers' image mounts beside its data: places to write, scripts, and Secrets: those that the record says are `mounted`, unless others are told.
Call: (dict "root" . "secrets" (list "auth" "users" "tls"))
*/}}
{{- define "common.mounts" -}}
{{- $secrets := ternary .secrets (include "common.system" .root | fromJson).mounted (hasKey . "secrets") -}}
- name: run
  mountPath: /run/ballast
- name: tmp
  mountPath: /tmp
- name: scripts
  mountPath: /opt/ballast
  readOnly: true
{{- if has "auth" $secrets }}
- name: auth
  mountPath: /etc/ballast/auth
  readOnly: true
{{- end }}
{{- if has "users" $secrets }}
{{- range .root.Values.users }}
- name: user-{{ include "common.userSlug" .name }}
  mountPath: /etc/ballast/users/{{ .name }}
  readOnly: true
{{- end }}
{{- end }}
{{- if has "tls" $secrets }}
- name: tls
  mountPath: /etc/ballast/tls
  readOnly: true
{{- end }}
{{- end -}}

{{/* The volumes of those mounts. Call as above, with "scripts" "CONFIGMAP" and, where a pod needs a part of them only, "passwords" (list "internal"), "ca" true. */}}
{{- define "common.volumes" -}}
{{- $secrets := ternary .secrets (include "common.system" .root | fromJson).mounted (hasKey . "secrets") -}}
- name: run
  emptyDir:
    medium: Memory
    sizeLimit: 8Mi
- name: tmp
  emptyDir: {}
- name: scripts
  configMap:
    name: {{ .scripts | quote }}
{{- if has "auth" $secrets }}
- name: auth
  secret:
    secretName: {{ include "common.authSecret" .root | quote }}
    defaultMode: 0440
    {{- with .passwords }}
    items: {{- include "common.passwordItems" . | nindent 6 }}
    {{- end }}
{{- end }}
{{- if has "users" $secrets }}
{{- range .root.Values.users }}
- name: user-{{ include "common.userSlug" .name }}
  secret:
    secretName: {{ include "common.userSecret" (dict "root" $.root "user" .) | quote }}
    defaultMode: 0440
{{- end }}
{{- end }}
{{- if has "tls" $secrets }}
- name: tls
  secret:
    secretName: {{ include "common.tlsSecret" .root | quote }}
    defaultMode: 0440
    {{- if .ca }}
    items: [{key: ca.crt, path: ca.crt}]
    {{- end }}
{{- end }}
{{- end -}}

{{/*
Entries of a ConfigMap: files of the chart, and those of this one that all pods of the servers' image have. Call: (dict "root" . "files" (list "lib.sh")), and of
a server with an agent "agent" true, of one with a role sidecar "role" true, of another image "alone" true.
*/}}
{{- define "common.files" -}}
{{- if not .alone }}
common.sh: |
  {{- include "common.agent.sh" .root | nindent 2 }}
{{- end }}
{{- if .hook }}
hook.sh: |
  {{- include "common.hook.sh" .root | nindent 2 }}
{{- end }}
{{- if .sql }}
sql.sh: |
  {{- include "common.sql.sh" .root | nindent 2 }}
{{- end }}
{{- if .backup }}
store.sh: |
  {{- include "common.backup.sh" .root | nindent 2 }}
{{- end }}
{{- if .restore }}
restore.sh: |
  {{- include "common.restore.sh" .root | nindent 2 }}
{{- end }}
{{- if .agent }}
ready.sh: |
  {{- include "common.ready.sh" .root | nindent 2 }}
live.sh: |
  {{- include "common.live.sh" .root | nindent 2 }}
{{- end }}
{{- if .role }}
role.sh: |
  {{- include "common.api.sh" .root | nindent 2 }}
  {{- if .lease }}
  {{- include "common.lease.sh" .root | nindent 2 }}
  {{- end }}
  {{- include "common.role.sh" .root | nindent 2 }}
{{- end }}
{{- range .files }}
{{ . }}: |
  {{- $.root.Files.Get (printf "files/%s" .) | nindent 2 }}
{{- end }}
{{- end -}}

{{/* StatefulSets of the release with their sizes, `NAME REPLICAS` each, as JSON. Call with root. */}}
{{- define "common.statefulsets" -}}
{{- $system := include "common.system" . | fromJson -}}
{{- ternary $system.statefulsets (list (printf "%s %v" (include "common.fullname" .) $system.replicas)) (hasKey $system "statefulsets") | toJson -}}
{{- end -}}
