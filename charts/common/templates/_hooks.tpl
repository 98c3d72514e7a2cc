{{/* Mounts and volumes of a pod that asks the API server. Call with root; the volumes: (dict "root" . "scripts" "CONFIGMAP") */}}
{{- define "common.api.mounts" -}}
- name: scripts
  mountPath: /opt/ballast
  readOnly: true
- name: api-access
  mountPath: /var/run/secrets/kubernetes.io/serviceaccount
  readOnly: true
{{- end -}}

{{- define "common.api.volumes" -}}
- name: scripts
  configMap:
    name: {{ .scripts | quote }}
{{ include "common.apiAccessVolume" . }}
{{- end -}}

{{- define "common.namespaceEnv" -}}
- name: NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
{{- end -}}

{{/*
The Secrets of a release, by the record: `created` once, "NAME KEY…" each, and `expected` of the user, "NAME KEY[:RULES]…" (see fault_of in
_prepare.sh.tpl). Call with root; JSON.
*/}}
{{- define "common.secrets" -}}
{{- $system := include "common.system" . | fromJson -}}
{{- $created := list -}}
{{- $expected := list -}}
{{- $keys := list -}}
{{- range $key, $rules := $system.auth -}}
{{- if $.Values.auth.existingSecret -}}
{{- $keys = append $keys (join ":" (compact (list $key $rules))) -}}
{{- else -}}
{{- $keys = append $keys (print $key (ternary "+" "" (has "long" (splitList "," (default "" $rules))))) -}}
{{- end -}}
{{- end -}}
{{- if $system.auth -}}
{{- $auth := join " " (prepend $keys (include "common.authSecret" .)) -}}
{{- if .Values.auth.existingSecret -}}
{{- $expected = append $expected $auth -}}
{{- else -}}
{{- $created = append $created $auth -}}
{{- end -}}
{{- end -}}
{{- with $system.users -}}
{{- $rules := . -}}
{{- range $user := $.Values.users -}}
{{- $secret := include "common.userSecret" (dict "root" $ "user" $user) -}}
{{- if $user.existingSecret -}}
{{- $expected = append $expected (printf "%s username:%s password:%s" $secret (ternary (printf "=%s" $user.name) $rules.username (eq $rules.username "same")) $rules.password) -}}
{{- else -}}
{{- $created = append $created (printf "%s username=%s password" $secret $user.name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and $system.tls (dig "tls" "existingSecret" "" (omit .Values "global")) -}}
{{- $expected = append $expected (printf "%s ca.crt tls.crt tls.key" .Values.tls.existingSecret) -}}
{{- end -}}
{{- if $system.backup -}}
{{- with .Values.backup -}}
{{- if or .enabled .restore.snapshot -}}{{- $expected = append $expected (printf "%s repository-password:text" .existingSecret) -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- dict "created" $created "expected" (concat $expected (default list $system.expected)) | toJson -}}
{{- end -}}

{{/*
The hook before install and upgrade: refuses what would lose data, and makes credentials, certificates and the state's ConfigMap once (see
_prepare.sh.tpl). Call with root.
*/}}
{{- define "common.prepare" -}}
{{- $system := include "common.system" . | fromJson -}}
{{- $secrets := include "common.secrets" . | fromJson -}}
{{- $full := include "common.fullname" . -}}
{{- $sets := include "common.statefulsets" . | fromJsonArray -}}
{{- $tls := "" -}}
{{- if $system.tls -}}{{- if not .Values.tls.existingSecret -}}{{- $tls = include "common.tlsSecret" . -}}{{- end -}}{{- end -}}
{{- $state := ternary (include "common.state" .) "" (default false $system.state) -}}
{{- $environment := merge (dict "CONVERTS" (join " " $system.converts) "LABELS" (include "common.madeLabels" (dict "root" . "component" "server"))
  "CREDENTIALS" (join "\n" $secrets.created) "EXPECTED" (join "\n" $secrets.expected)) (include "common.sets.env" . | fromJson) -}}
{{- with $system.founded -}}{{- $_ := set $environment "FOUNDED" . -}}{{- end -}}
{{- with $system.fixed -}}{{- $_ := set $environment "FIXED" . -}}{{- end -}}
{{- with $system.refreshed -}}{{- $_ := set $environment "REFRESHED" (join "\n" .) -}}{{- end -}}
{{- with $tls -}}{{- $_ := set $environment "TLS_SECRET" . -}}{{- end -}}
{{- with $state -}}{{- $_ := set $environment "STATE_CONFIGMAP" . -}}{{- end -}}
{{- $lease := ternary $full "" (default false $system.lease) -}}
{{- with $lease -}}{{- $_ := set $environment "LEASE" . -}}{{- end -}}
{{- include "common.apiHook" (dict "root" . "act" "prepare" "hook" "pre-install,pre-upgrade" "weight" -5 "retries" 1 "work" true "files" (include "common.prepare.files" .) "of" $environment
  "init" (include "common.prepare.certificates" .)
  "rules" (include "common.prepare.rules" (dict "sets" $sets "most" $system.most "secrets" $secrets "tls" $tls "state" $state "founded" $system.founded "lease" $lease))) -}}
{{- end -}}

{{/*
A hook that asks the API server: ACT.sh of its files, in the tools image. Call with a dict for common.hookJob, without what follows from that, and
  of      variables of the environment, as a map
  work    whether it writes files
*/}}
{{- define "common.apiHook" -}}
{{- $mounts := include "common.api.mounts" .root -}}
{{- $volumes := include "common.api.volumes" (dict "scripts" (printf "%s-%s" (include "common.fullname" .root) .act)) -}}
{{- if .work -}}
{{- $mounts = printf "%s\n- name: work\n  mountPath: /work" $mounts -}}
{{- $volumes = printf "%s\n- name: work\n  emptyDir:\n    medium: Memory\n    sizeLimit: 8Mi" $volumes -}}
{{- end -}}
{{- include "common.hookJob" (merge (dict "container" .act "image" .root.Values.tools.image "command" (list "sh" (printf "/opt/ballast/%s.sh" .act))
  "env" (printf "%s\n%s" (include "common.namespaceEnv" .root) (include "common.envOf" .of)) "mounts" $mounts "volumes" $volumes "uid" 999 "deadline" 180) .) -}}
{{- end -}}

{{/* Variables of the environment. Call with a map. */}}
{{- define "common.envOf" -}}
{{- range $name, $value := . }}
- name: {{ $name }}
  value: {{ $value | toString | quote }}
{{- end }}
{{- end -}}

{{/* What sets.sh goes by, as JSON. Call with root. */}}
{{- define "common.sets.env" -}}
{{- $system := include "common.system" . | fromJson -}}
{{- dict "STATEFULSETS" (include "common.statefulsets" . | fromJsonArray | join "\n") "ARCHITECTURE" (default .Values.architecture $system.architecture)
  "REPLACES" (default list $system.replaces | join " ") "VOLUME_SIZE" (include "common.volumeSize" .) | toJson -}}
{{- end -}}

{{/*
The last hook before an upgrade: deletes StatefulSets that helm can't change (see _replace.sh.tpl). It is no part of `prepare`, where another system of the
umbrella may refuse the upgrade, nor of `drain`: until nobody can, nothing ends. Only where there may be such. Call with root.
*/}}
{{- define "common.replace" -}}
{{- include "common.apiHook" (dict "root" . "act" "replace" "hook" "pre-upgrade" "weight" -1 "retries" 1 "work" true "files" (include "common.replace.files" .) "of" (include "common.sets.env" . | fromJson)
  "rules" (include "common.replace.rules" (include "common.statefulsets" . | fromJsonArray))) -}}
{{- end -}}

{{/* Whether an upgrade to these values may delete a StatefulSet: "true" or nothing. Call with root. */}}
{{- define "common.replacing" -}}
{{- $environment := include "common.sets.env" . | fromJson -}}
{{- $converts := regexMatch (printf ":%s( |$)" $environment.ARCHITECTURE) $environment.REPLACES -}}
{{- $grows := regexMatch "^[0-9]" $environment.VOLUME_SIZE -}}
{{- if and $environment.STATEFULSETS (or $converts $grows) }}true{{ end -}}
{{- end -}}

{{- define "common.replace.files" -}}
replace.sh: |
  {{- include "common.api.sh" . | nindent 2 }}
  {{- include "common.sets.sh" . | nindent 2 }}
  {{- include "common.replace.sh" . | nindent 2 }}
{{- end -}}

{{- define "common.replace.rules" -}}
- apiGroups: [apps]
  resources: [statefulsets]
  resourceNames:
    {{- range . }}
    - {{ splitList " " . | first | quote }}
    {{- end }}
  verbs: [get, delete]
- apiGroups: [""]
  resources: [pods]
  verbs: [get]
{{- end -}}

{{- define "common.prepare.files" -}}
prepare.sh: |
  {{- include "common.api.sh" . | nindent 2 }}
  {{- include "common.sets.sh" . | nindent 2 }}
  {{- include "common.prepare.sh" . | nindent 2 }}
{{- with (include "common.system" . | fromJson).tls }}
{{- if not $.Values.tls.existingSecret }}
certificates.sh: |
  {{- include "common.certificates.sh" $ | nindent 2 }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The init container that makes certificates in the servers' image, which has openssl. */}}
{{- define "common.prepare.certificates" -}}
{{- with (include "common.system" . | fromJson).tls }}
{{- $names := .altNames -}}
{{- $image := .image -}}
{{- with $ }}
{{- if not .Values.tls.existingSecret -}}
- name: certificates
  {{- include "common.container" (dict "root" . "image" (get .Values (default "" $image) | default .Values).image "resources" .Values.hooks.resources) | nindent 2 }}
  command: [bash, /opt/ballast/certificates.sh, /work]
  env:
    - name: COMMON_NAME
      value: {{ include "common.fullname" . | quote }}
    - name: ALT_NAMES
      value: {{ printf "DNS:%s" (join ",DNS:" (prepend $names "localhost")) }}
  volumeMounts:
    - name: scripts
      mountPath: /opt/ballast
      readOnly: true
    - name: work
      mountPath: /work
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "common.prepare.rules" -}}
{{- $secrets := list -}}
{{- range concat (default list .secrets.created) (default list .secrets.expected) -}}{{- $secrets = append $secrets (splitList " " . | first) -}}{{- end -}}
{{- with .tls -}}{{- $secrets = append $secrets . -}}{{- end }}
# Creating can't be limited to names; reading is.
- apiGroups: [""]
  resources: {{ compact (list (ternary "secrets" "" (not (empty $secrets))) (ternary "configmaps" "" (not (empty .state)))) | toJson }}
  verbs: [create]
{{- /* Without a name, all would be meant. */}}
{{- with $secrets }}
- apiGroups: [""]
  resources: [secrets]
  resourceNames: {{- toYaml . | nindent 4 }}
  verbs: [get]
{{- end }}
{{- if .state }}
- apiGroups: [""]
  resources: [configmaps]
  resourceNames: [{{ .state | quote }}]
  verbs: {{ ternary (list "get" "patch") (list "get") (default false .founded) | toJson }}
{{- end }}
{{- with .lease }}
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [create]
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  resourceNames: [{{ . | quote }}]
  verbs: [get]
{{- end }}
{{- if .sets }}
- apiGroups: [apps]
  resources: [statefulsets, statefulsets/scale]
  resourceNames:
    {{- range .sets }}
    - {{ splitList " " . | first | quote }}
    {{- end }}
  verbs: [get]
- apiGroups: [""]
  resources: [pods]
  verbs: [get, patch]
- apiGroups: [""]
  resources: [persistentvolumeclaims]
  resourceNames:
    {{- range $set := .sets }}
    {{- range $i := until (int $.most) }}
    - data-{{ splitList " " $set | first }}-{{ $i }}
    {{- end }}
    {{- end }}
  verbs: [patch]
{{- end }}
{{- end -}}

{{/*
A hook Job that runs files/provision.sh in the servers' image against the running cluster, by `hooks` of the record. Call: (dict "root" . "act" ACT), where the act is
the script's argument: drain, before helm takes members away, or provision.
*/}}
{{- define "common.provision" -}}
{{- $system := include "common.system" .root | fromJson -}}
{{- $hooks := $system.hooks -}}
{{- $provision := eq .act "provision" -}}
{{- $restorable := not (empty $system.backup) -}}
{{- $name := printf "%s-%s" (include "common.fullname" .root) .act -}}
{{- $secrets := default (append (without (default list $system.mounted) "users") "users") $hooks.secrets -}}
{{- $files := include "common.files" (dict "root" .root "hook" true "sql" (eq (dig "migrations" "extension" "" $hooks) "sql") "backup" $restorable "restore" $restorable "files" $hooks.files) -}}
{{- with $hooks.migrations -}}{{- $files = printf "%s\n%s" $files (include "common.migrations.data" (dict "root" $.root "as" .)) -}}{{- end -}}
{{- range $key, $text := $hooks.data -}}{{- $files = printf "%s\n%s: %s" $files $key (toJson $text) -}}{{- end -}}
{{- $env := printf "%s\n%s" (include (printf "%s.env" .root.SystemName) .root) (include "common.envOf" $hooks.env) -}}
{{- with $hooks.moreEnv -}}{{- $env = printf "%s\n%s" $env (toYaml .) -}}{{- end -}}
{{- $mounts := include "common.mounts" (dict "root" .root "secrets" $secrets) -}}
{{- with and $provision $hooks.mounts -}}{{- $mounts = printf "%s\n%s" $mounts (toYaml .) -}}{{- end -}}
{{- $volumes := include "common.volumes" (dict "root" .root "scripts" $name "secrets" $secrets "passwords" $hooks.passwords) -}}
{{- with and $provision $hooks.volumes -}}{{- $volumes = printf "%s\n%s" $volumes (toYaml .) -}}{{- end -}}
{{- with and $provision $hooks.migrations -}}
{{- $mounts = printf "%s\n- {name: migrations, mountPath: /opt/migrations, readOnly: true}" $mounts -}}
{{- $volumes = printf "%s\n%s" $volumes (include "common.migrations.volume" (dict "root" $.root "as" .)) -}}
{{- end -}}
{{- if $restorable -}}
{{- $env = printf "%s\n%s\n%s" $env (include "common.backup.env" (dict "root" .root "keeper" .root.Values.backup.restore.from)) (include "common.envOf" (dict "RESTORE" .root.Values.backup.restore.snapshot)) -}}
{{- end -}}
{{- $init := "" -}}
{{- if and $restorable $provision .root.Values.backup.restore.snapshot -}}
{{- $init = include "common.backup.init" .root -}}
{{- $mounts = printf "%s\n%s" $mounts (include "common.backup.mounts" .root) -}}
{{- $volumes = printf "%s\n%s" $volumes (include "common.backup.volumes" .root) -}}
{{- end -}}
{{- $hook := dict "root" .root "act" .act "alone" (and $provision $hooks.recorded) "hook" (ternary "pre-upgrade" "post-install,post-upgrade" (eq .act "drain")) "weight" (ternary -3 0 (eq .act "drain"))
  "files" $files "container" "provision" "image" (get .root.Values (dig .act (default "" $hooks.image) (default dict $hooks.images)) | default .root.Values).image "command" (list "bash" "/opt/ballast/provision.sh" .act) "env" $env "mounts" $mounts "volumes" $volumes
  "deadline" .root.Values.hooks.deadlineSeconds "retries" 4 "init" $init -}}
{{- include "common.hookJob" $hook }}
{{- if and $provision $hooks.accounts }}
{{ include "common.early" (merge (dict "act" "accounts" "command" (list "bash" "/opt/ballast/provision.sh" "accounts") "retries" 8) $hook) }}
{{- end }}
{{- end -}}

{{/*
A hook Job that remembers in the state's ConfigMap that the cluster exists (see _record.sh.tpl), and follows the one that provisioned it: of the same weight, by its
name, so that in the umbrella no other system's hook that fails comes between. It is a Job of its own because the provisioning would have to be an init container before it,
and helm shows no log of those. Call: (dict "root" . "recorded" (dict "formed" "true"))
*/}}
{{- define "common.record" -}}
{{- $state := include "common.state" .root -}}
{{- include "common.apiHook" (dict "root" .root "act" "record" "alone" true "hook" "post-install,post-upgrade" "weight" 0 "retries" 4 "files" (include "common.record.files" .root)
  "of" (dict "STATE_CONFIGMAP" $state "RECORDED" (toJson .recorded))
  "rules" (printf "- apiGroups: [\"\"]\n  resources: [configmaps]\n  resourceNames: [%q]\n  verbs: [patch]" $state)) }}
{{- end -}}

{{- define "common.record.files" -}}
api.sh: |
  {{- include "common.api.sh" . | nindent 2 }}
record.sh: |
  {{- include "common.record.sh" . | nindent 2 }}
{{- end -}}

{{/* `helm test`: a pod that runs files/test.sh in the servers' image or in that with sh and curl, by `test` of the record. Call with root. */}}
{{- define "common.test" -}}
{{- $test := (include "common.system" . | fromJson).test -}}
{{- $tools := default false $test.tools -}}
{{- $image := .Values.image -}}
{{- if $tools -}}{{- $image = .Values.tools.image -}}{{- end -}}
{{- with $test.image -}}{{- $image = (get $.Values .).image -}}{{- end -}}
{{- $name := printf "%s-test" (include "common.fullname" .) -}}
{{- $ctx := dict "root" . "component" "hook" -}}
{{- $call := dict "root" . "scripts" $name "passwords" $test.passwords -}}
{{- with $test.secrets -}}{{- $_ := set $call "secrets" . -}}{{- end -}}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ $name | quote }}
  labels: {{- include "common.labels" $ctx | nindent 4 }}
  annotations: {{- include "common.hookAnnotations" (dict "hook" "test" "weight" -10) | nindent 4 }}
data:
  {{- include "common.files" (dict "root" . "files" $test.files "alone" $test.tools) | nindent 2 }}
---
apiVersion: v1
kind: Pod
metadata:
  name: {{ $name | quote }}
  labels: {{- include "common.labels" (merge (dict "more" .Values.podLabels) $ctx) | nindent 4 }}
  annotations:
    {{- include "common.hookAnnotations" (dict "hook" "test" "weight" 0 "output" true) | nindent 4 }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  {{- include "common.pod" (dict "root" .) | nindent 2 }}
  restartPolicy: Never
  activeDeadlineSeconds: {{ default 180 $test.deadlineSeconds }}
  containers:
    - name: test
      {{- include "common.container" (dict "root" . "image" $image "resources" .Values.hooks.resources) | nindent 6 }}
      command: [{{ ternary "sh" "bash" $tools }}, /opt/ballast/test.sh]
      env:
        {{- if not $tools }}
        {{- include (printf "%s.env" .SystemName) . | nindent 8 }}
        {{- end }}
        {{- include "common.envOf" $test.env | nindent 8 }}
      volumeMounts:
        {{- include "common.mounts" $call | nindent 8 }}
  volumes:
    {{- include "common.volumes" $call | nindent 4 }}
{{- end -}}
