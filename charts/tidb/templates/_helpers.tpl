{{- define "tidb.clustered" -}}{{ if eq .Values.architecture "cluster" }}true{{ end }}{{- end -}}
{{- define "tidb.pd" -}}{{ include "common.fullname" . }}-pd{{- end -}}
{{- define "tidb.tikv" -}}{{ include "common.fullname" . }}-tikv{{- end -}}
{{/* TiDBs that there are, as far as the values say: an autoscaler may have more. */}}
{{- define "tidb.replicas" -}}
{{- if not (include "tidb.clustered" .) -}}1{{- else if .Values.autoscaling.enabled -}}{{ int .Values.autoscaling.minReplicas }}{{- else -}}{{ int .Values.replicas }}{{- end -}}
{{- end -}}
{{- define "tidb.pdReplicas" -}}{{ ternary (int .Values.pd.replicas) 1 (eq .Values.architecture "cluster") }}{{- end -}}
{{- define "tidb.tikvReplicas" -}}
{{- if not (include "tidb.clustered" .) -}}1{{- else if .Values.tikv.autoscaling.enabled -}}{{ int .Values.tikv.autoscaling.minReplicas }}{{- else -}}{{ int .Values.tikv.replicas }}{{- end -}}
{{- end -}}
{{/* TiKVs that may stay: with an autoscaler, an upgrade takes none away. */}}
{{- define "tidb.tikvMost" -}}
{{- if and (include "tidb.clustered" .) .Values.tikv.autoscaling.enabled -}}{{ int .Values.tikv.autoscaling.maxReplicas }}{{- else -}}{{ include "tidb.tikvReplicas" . }}{{- end -}}
{{- end -}}
{{/* Copies that there are of everything. */}}
{{- define "tidb.copies" -}}{{ ternary 3 1 (eq .Values.architecture "cluster") }}{{- end -}}

{{/* Members as HOST:PORT, with commas: of PDs those that are there at each size, so that another size restarts nobody. */}}
{{- define "tidb.pdEndpoints" -}}
{{- $scheme := ternary "https" "http" .Values.tls.enabled -}}
{{- $urls := list -}}
{{- range $i := until (ternary 3 1 (eq .Values.architecture "cluster")) -}}
{{- $urls = append $urls (printf "%s-%d.%s:2379" (include "tidb.pd" $) $i (include "tidb.pdSuffix" $)) -}}
{{- end -}}
{{- join "," $urls -}}
{{- end -}}
{{- define "tidb.pdSuffix" -}}{{ include "tidb.pd" . }}-peers.{{ include "common.domain" . }}{{- end -}}
{{- define "tidb.tikvSuffix" -}}{{ include "tidb.tikv" . }}-peers.{{ include "common.domain" . }}{{- end -}}

{{/* Settings by their paths as a file of TOML. Call: (dict "settings" MAP), whose values are lists of text, too. */}}
{{- define "tidb.toml" -}}
{{- $sections := dict -}}
{{- range $path, $value := .settings -}}
{{- $parts := splitList "." $path -}}
{{- $section := join "." (initial $parts) -}}
{{- $text := "" -}}
{{- if kindIs "slice" $value -}}{{- $text = toJson $value -}}
{{- else if kindIs "string" $value -}}{{- $text = toJson $value -}}
{{- else -}}{{- $text = include "common.scalar" $value -}}{{- end -}}
{{- $_ := set $sections $section (append (default list (get $sections $section)) (printf "%s = %s" (last $parts) $text)) -}}
{{- end -}}
{{- range $section, $lines := $sections -}}
{{- if $section }}
[{{ $section }}]
{{- end }}
{{- range $lines }}
{{ . }}
{{- end }}
{{- end }}
{{ end -}}

{{/* TiKV's block cache in bytes: two fifths of the limit, the rest is for memtables, what Raft holds, and the page cache. An estimate: it was measured nowhere yet. */}}
{{- define "tidb.cache" -}}
{{- if .Values.tikv.cache -}}
{{- include "common.bytes" .Values.tikv.cache -}}
{{- else -}}
{{- mulf (include "common.bytes" .Values.tikv.resources.limits.memory | float64) 0.4 | floor | int64 -}}
{{- end -}}
{{- end -}}

{{- define "tidb.pd.toml" -}}
{{- $settings := dict
  "replication.max-replicas" (include "tidb.copies" . | int)
  "replication.location-labels" (list "zone" "host")
  "pd-server.dashboard-address" "none" -}}
{{- if .Values.tls.enabled -}}
{{- $settings = merge $settings (dict
  "security.cacert-path" "/etc/ballast/tls/ca.crt"
  "security.cert-path" "/etc/ballast/tls/tls.crt"
  "security.key-path" "/etc/ballast/tls/tls.key") -}}
{{- end -}}
{{- include "tidb.toml" (dict "settings" (merge (deepCopy .Values.pd.config) $settings)) -}}
{{- end -}}

{{- define "tidb.tikv.toml" -}}
{{- $settings := dict "storage.block-cache.capacity" (printf "%dKB" (div (include "tidb.cache" . | int64) 1024)) -}}
{{- /* A TiKV of 8.5.5 or later that is to end first waits for its leaders to go elsewhere, and there is nowhere. */}}
{{- if not (include "tidb.clustered" .) -}}
{{- $_ := set $settings "server.graceful-shutdown-timeout" "0s" -}}
{{- end -}}
{{- if .Values.tls.enabled -}}
{{- $settings = merge $settings (dict
  "security.ca-path" "/etc/ballast/tls/ca.crt"
  "security.cert-path" "/etc/ballast/tls/tls.crt"
  "security.key-path" "/etc/ballast/tls/tls.key") -}}
{{- end -}}
{{- include "tidb.toml" (dict "settings" (merge (deepCopy .Values.tikv.config) $settings)) -}}
{{- end -}}

{{- define "tidb.tidb.toml" -}}
{{- $settings := dict
  "graceful-wait-before-shutdown" (int .Values.drainSeconds)
  "temp-dir" "/tmp/tidb"
  "log.slow-query-file" "/tmp/slow.log"
  "log.file.max-size" 16
  "log.file.max-backups" 1 -}}
{{- if .Values.tls.enabled -}}
{{- $settings = merge $settings (dict
  "security.ssl-ca" "/etc/ballast/tls/ca.crt"
  "security.ssl-cert" "/etc/ballast/tls/tls.crt"
  "security.ssl-key" "/etc/ballast/tls/tls.key"
  "security.cluster-ssl-ca" "/etc/ballast/tls/ca.crt"
  "security.cluster-ssl-cert" "/etc/ballast/tls/tls.crt"
  "security.cluster-ssl-key" "/etc/ballast/tls/tls.key") -}}
{{- end -}}
{{- include "tidb.toml" (dict "settings" (merge (deepCopy .Values.config) $settings)) -}}
{{- end -}}

{{/* Databases, and what users may do, who are made before it with their passwords. */}}
{{- define "tidb.databases" -}}
{{- range .Values.databases }}
CREATE DATABASE IF NOT EXISTS `{{ .name }}` CHARACTER SET {{ .characterSet | default "utf8mb4" }}{{ with .collation }} COLLATE {{ . }}{{ end }};
{{- end }}
{{ end -}}
{{- define "tidb.grants" -}}
{{- range $user := .Values.users }}
{{- range .grants }}
GRANT {{ .privileges }} ON {{ .target }} TO '{{ $user.name }}'@'{{ $user.host | default "%" }}';
{{- end }}
{{- end }}
{{ end -}}
{{/* Names of users and where they come from. */}}
{{- define "tidb.accounts" -}}
{{- range .Values.users }}
{{ .name }} {{ .host | default "%" }}
{{- end }}
{{ end -}}

{{- define "tidb.env" -}}
{{ include "common.env" . }}
- name: PD_SUFFIX
  value: {{ include "tidb.pdSuffix" . }}
- name: TIKV_SUFFIX
  value: {{ include "tidb.tikvSuffix" . }}
- name: PD_ENDPOINTS
  value: {{ include "tidb.pdEndpoints" . }}
- name: TLS
  value: {{ .Values.tls.enabled | quote }}
{{- end -}}

{{/* Probes of a server that says at its status port whether it serves. Call: (dict "root" . "port" "client" "status" 10080) */}}
{{- define "tidb.probes" -}}
{{- $probes := .root.Values.probes -}}
startupProbe:
  exec:
    command: [bash, /opt/ballast/serves.sh, {{ .status | quote }}]
  {{- toYaml $probes.startup | nindent 2 }}
readinessProbe:
  exec:
    command: [bash, /opt/ballast/serves.sh, {{ .status | quote }}]
  {{- toYaml $probes.readiness | nindent 2 }}
livenessProbe:
  tcpSocket:
    port: {{ .port }}
  {{- toYaml $probes.liveness | nindent 2 }}
{{- end -}}

{{/* What a TiDB's pod has of its own, by the value that can't have it a second time. */}}
{{- define "tidb.own" -}}
extraEnv: [ARCHITECTURE, BASE, PD_ENDPOINTS, PD_SUFFIX, POD, SUFFIX, TIKV_SUFFIX, TLS]
extraVolumes: [auth, data, pod, run, scripts, tls, tmp]
extraVolumeMounts: [/etc/ballast, /opt/ballast, /run/ballast, /tmp]
extraContainers: [tidb]
extraInitContainers: []
{{- end -}}

{{/* What common.sibling and common.uses tell others of the release. */}}
{{- define "tidb.endpoint" -}}
host: {{ include "common.host" . }}
port: 4000
account:
  required: true
  users: {{ include "common.accounts" . }}
  spring:
    SPRING_DATASOURCE_USERNAME: $(USERNAME)
    SPRING_DATASOURCE_PASSWORD: $(PASSWORD)
options:
  database:
    key: databases
    of:
      {{- range .Values.databases }}
      - {{ .name | quote }}
      {{- end }}
{{- if .Values.tls.enabled }}
ca: {{ include "common.tlsSecret" . | quote }}
{{- end }}
administrator: {secret: {{ include "common.authSecret" . | quote }}, key: root-password}
env:
  JDBC_URL: jdbc:mysql://$(HOST):$(PORT)/{{ if .Values.databases }}$(DATABASE){{ end }}
spring:
  SPRING_DATASOURCE_URL: $(JDBC_URL)
{{- end -}}
