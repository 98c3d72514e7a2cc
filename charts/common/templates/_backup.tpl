{{/*
Backups, by `backup` of the values: files/backup.sh in the servers' image, with restic beside it, which a container before it brings; and what the hook after an
installation needs to fill an empty release from one.
*/}}

{{/* What a container needs of restic, as YAML: mounts, and the environment. Call with root. */}}
{{- define "common.backup.mounts" -}}
- {name: restic, mountPath: /opt/restic, readOnly: true}
- {name: backup-keys, mountPath: /etc/ballast/backup, readOnly: true}
{{- with .Values.backup.existingClaim }}
- {name: backup, mountPath: /backup}
{{- end }}
{{- end -}}

{{- define "common.backup.volumes" -}}
- name: restic
  emptyDir:
    sizeLimit: 256Mi
- name: backup-keys
  secret:
    secretName: {{ .Values.backup.existingSecret | quote }}
    defaultMode: 0440
{{- with .Values.backup.existingClaim }}
- name: backup
  persistentVolumeClaim:
    claimName: {{ . | quote }}
{{- end }}
{{- end -}}

{{/* Where the backups are, and whose are meant: those of this release unless told. Call: (dict "root" .), and "keeper" "NAMESPACE.NAME" */}}
{{- define "common.backup.env" -}}
{{- include "common.envOf" (dict "RESTIC_REPOSITORY" .root.Values.backup.destination "KEEPER" (default (include "common.backup.keeper" .root) .keeper)) -}}
{{- end -}}

{{/* The name under which a release's backups are kept. Call with root. */}}
{{- define "common.backup.keeper" -}}
{{- printf "%s.%s" .Release.Namespace (include "common.fullname" .) -}}
{{- end -}}

{{/* The init container that brings restic: upstream's program needs nothing beside it. Call with root. */}}
{{- define "common.backup.init" -}}
- name: restic
  {{- include "common.container" (dict "root" . "image" .Values.backup.image "resources" .Values.hooks.resources) | nindent 2 }}
  command: [cp, /usr/bin/restic, /opt/restic/restic]
  volumeMounts:
    - {name: restic, mountPath: /opt/restic}
{{- end -}}

{{/* Name of the CronJob, which becomes part of its Jobs' names: 52 characters at most. Call with root. */}}
{{- define "common.backup.name" -}}
{{- $full := include "common.fullname" . -}}
{{- if gt (len $full) 45 -}}{{- $full = printf "%s-%s" (trunc 39 $full | trimSuffix "-") (sha256sum $full | trunc 5) -}}{{- end -}}
{{- $full }}-backup
{{- end -}}

{{/* The CronJob and its scripts. Call with root. */}}
{{- define "common.backup" -}}
{{- $backup := .Values.backup -}}
{{- $system := include "common.system" . | fromJson -}}
{{- $name := include "common.backup.name" . -}}
{{- $keep := list -}}
{{- range $unit, $count := $backup.keep -}}{{- if $count -}}{{- $keep = append $keep (printf "--keep-%s=%d" $unit (int $count)) -}}{{- end -}}{{- end -}}
{{- $files := include "common.files" (dict "root" . "hook" true "backup" true "files" $system.backup.files) -}}
{{- $env := printf "%s\n%s\n%s" (include (printf "%s.env" .SystemName) .) (include "common.envOf" $system.backup.env) (include "common.backup.env" (dict "root" .)) -}}
{{- $part := include "common.hookPart" (dict "name" $name "umbrella" dict "hook" (dict "root" . "act" "backup" "hook" "none" "weight" 0 "files" $files "container" "backup"
  "image" .Values.image "resources" $backup.resources "command" (concat (list "bash" "/opt/ballast/backup.sh") $keep) "env" $env "init" (include "common.backup.init" .)
  "mounts" (printf "%s\n%s" (include "common.mounts" (dict "root" .)) (include "common.backup.mounts" .))
  "volumes" (printf "%s\n%s" (include "common.volumes" (dict "root" . "scripts" $name)) (include "common.backup.volumes" .))
  "deadline" $backup.deadlineSeconds "retries" 2)) | fromJson -}}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ $name | quote }}
  labels: {{- include "common.labels" (dict "root" . "component" "hook") | nindent 4 }}
data:
  {{- $files | nindent 2 }}
---
apiVersion: batch/v1
kind: CronJob
metadata:
  name: {{ $name | quote }}
  labels: {{- include "common.labels" (dict "root" . "component" "hook") | nindent 4 }}
spec:
  schedule: {{ $backup.schedule | quote }}
  timeZone: {{ $backup.timeZone | quote }}
  # Two at once would hold each other up, and one that comes an hour late is better than none.
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 3600
  successfulJobsHistoryLimit: 1
  failedJobsHistoryLimit: 3
  jobTemplate:
    spec:
      {{- include "common.hookSpec" (dict "root" . "parts" (list $part)) | nindent 6 }}
{{- end -}}

{{/* What no chart accepts of `backup`. Call with root. */}}
{{- define "common.validate.backup" -}}
{{- $backup := .Values.backup -}}
{{- if or $backup.enabled $backup.restore.snapshot -}}
{{- $what := ternary "enabled" "restore.snapshot" $backup.enabled -}}
{{- if not $backup.destination -}}
{{- fail (printf "%s: backup.%s is set, and backup.destination is empty: write where restic keeps the backups, s3:https://HOST/BUCKET/DIRECTORY for example" .Chart.Name $what) -}}
{{- end -}}
{{- if not $backup.existingSecret -}}
{{- fail (printf "%s: backup.%s is set, and backup.existingSecret is empty: make a Secret with repository-password, and with access-key and secret-key for S3, and write its name" .Chart.Name $what) -}}
{{- end -}}
{{- $local := hasPrefix "/" $backup.destination -}}
{{- if and $local (not $backup.existingClaim) -}}
{{- fail (printf "%s: backup.destination is %s, and there is no volume: write the name of a claim into backup.existingClaim, or an s3: destination" .Chart.Name $backup.destination) -}}
{{- end -}}
{{- if and $backup.existingClaim (not $local) -}}
{{- fail (printf "%s: backup.existingClaim is %s, and backup.destination does not lie in it: write /backup/%s, or no claim" .Chart.Name $backup.existingClaim .Release.Name) -}}
{{- end -}}
{{- if and $backup.enabled (not (compact (values $backup.keep))) -}}
{{- fail (printf "%s: backup.keep keeps no backup: write daily: 7, or enabled false" .Chart.Name) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* For NOTES. Call with root. */}}
{{- define "common.notes.backup" -}}
{{- if .Values.backup.enabled }}
{{- $name := include "common.backup.name" . }}

Backups go to {{ .Values.backup.destination }}, as {{ include "common.backup.keeper" . }}. Make one now, wait until it has ended, well or not, and see what it said:
  kubectl create job -n {{ .Release.Namespace }} {{ $name }}-now --from=cronjob/{{ $name }}
  kubectl wait -n {{ .Release.Namespace }} job/{{ $name }}-now --for=jsonpath='{.status.conditions[0].type}' --timeout=6h
  kubectl logs -n {{ .Release.Namespace }} job/{{ $name }}-now
{{- end }}
{{- end -}}
