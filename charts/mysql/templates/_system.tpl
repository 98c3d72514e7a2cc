{{/* What the objects without a choice are made of: see charts/common/README.md. */}}
{{- define "mysql.system" -}}
{{- $full := include "common.fullname" . -}}
{{- $group := eq .Values.architecture "group" -}}
{{- $clustered := ne .Values.architecture "standalone" -}}
uid: 999
clustered: {{ $clustered }}
replicas: {{ include "mysql.replicas" . }}
most: 9
state: {{ $clustered }}
role: {{ $clustered }}
lease: {{ eq .Values.architecture "replication" }}
converts: ["standalone:group", "standalone:replication"]
replaces: ["standalone:group", "standalone:replication"]
auth:
  root-password: text,most=256
  {{- /* A group's channels take no longer password, and none with characters outside of the BMP; the exporter's configuration replaces %(NAME)s. */}}
  replication-password: {{ ternary "ascii,most=32" "text,most=256" $clustered }}
  monitor-password: text,most=256,no-%(
users: {username: same, password: "text,most=256"}
tls:
  altNames:
    - {{ include "common.primaryHost" . }}
    - {{ include "common.replicasHost" . }}
    - "*.{{ include "common.suffix" . }}"
    - {{ $full }}-primary
    - {{ $full }}-replicas
mounted: [auth]
components:
  server:
    selector: {ballast.dev/peer: "true"}
    ports:
      client: {port: 3306, from: [clients]}
      {{- if $group }}
      group: {port: 33061, from: [server]}
      {{- end }}
      {{- if .Values.metrics.enabled }}
      metrics: {port: 9104, from: [clients]}
      {{- end }}
hooks:
  provision: true
  accounts: true
  files: [client.sh, decide.sh, lib.sh, provision.sh]
  data:
    provision.sql: {{ include "mysql.provision" . | trimPrefix "\n" | toJson }}
  env: {PRIMARY_HOST: {{ include "common.primaryHost" . }}}
  migrations: {extension: sql, comment: "--", body: sql}
backup:
  files: [backup.sh, client.sh, decide.sh, lib.sh]
  env:
    PRIMARY_HOST: {{ include "common.primaryHost" . }}
    MEMBER_HOSTS: {{ include "common.memberHosts" (dict "root" . "replicas" (include "mysql.replicas" .)) | quote }}
test:
  files: [decide.sh, lib.sh, test.sh]
  env:
    PRIMARY_HOST: {{ include "common.primaryHost" . }}
    REPLICAS_HOST: {{ include "common.replicasHost" . }}
    MEMBER_HOSTS: {{ include "common.memberHosts" (dict "root" . "replicas" (include "mysql.replicas" .)) | quote }}
{{- end -}}
