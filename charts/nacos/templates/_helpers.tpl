{{- define "nacos.replicas" -}}{{ ternary (int .Values.replicas) 1 (eq .Values.architecture "cluster") }}{{- end -}}

{{/* What common.sibling and common.uses tell others of the release. */}}
{{- define "nacos.endpoint" -}}
host: {{ include "common.host" . }}
port: 8848
account:
  required: {{ .Values.auth.required }}
  users:
    - {name: nacos, secret: {{ include "common.authSecret" . }}, key: admin-password}
  spring:
    SPRING_CLOUD_NACOS_USERNAME: $(USERNAME)
    SPRING_CLOUD_NACOS_PASSWORD: $(PASSWORD)
env:
  SERVER_ADDR: $(HOST):$(PORT)
spring:
  SPRING_CLOUD_NACOS_SERVER_ADDR: $(SERVER_ADDR)
{{- end -}}

{{/* Where the database of a cluster is, as YAML: the user's, or the release's own with who administers it. Empty where there is none. */}}
{{- define "nacos.database" -}}
{{- if .Values.database.host -}}
host: {{ .Values.database.host | quote }}
port: {{ int .Values.database.port }}
{{- else -}}
{{- with include "common.sibling" (dict "root" . "system" "mysql") | fromYaml -}}
{{- pick . "host" "port" "administrator" | toYaml -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* application.properties, but for what is secret (run.sh). */}}
{{- define "nacos.properties" -}}
{{- $clustered := eq .Values.architecture "cluster" -}}
server.servlet.contextPath=/nacos
server.port=8848
server.tomcat.basedir=/tmp
server.tomcat.accesslog.enabled=false
server.error.include-message=ALWAYS
nacos.core.auth.system.type=nacos
nacos.core.auth.enabled={{ .Values.auth.required }}
nacos.core.auth.enable.userAgentAuthWhite=false
nacos.core.auth.caching.enabled=true
nacos.core.auth.plugin.nacos.token.expire.seconds={{ int64 .Values.auth.tokenSeconds }}
nacos.naming.empty-service.auto-clean=true
{{- if .Values.metrics.enabled }}
management.server.port=9100
management.endpoints.web.base-path=/
management.endpoints.web.path-mapping.prometheus=metrics
management.endpoints.web.exposure.include=prometheus
{{- else }}
management.endpoints.web.exposure.exclude=*
{{- end }}
management.metrics.export.elastic.enabled=false
management.metrics.export.influx.enabled=false
{{- if $clustered }}
{{- $database := include "nacos.database" . | fromYaml }}
spring.datasource.platform=mysql
spring.sql.init.platform=mysql
db.num=1
db.url.0=jdbc:mysql://{{ $database.host }}:{{ $database.port }}/{{ .Values.database.name }}?characterEncoding=utf8&connectTimeout=1000&socketTimeout=3000&autoReconnect=true&useUnicode=true&sslMode=PREFERRED&allowPublicKeyRetrieval=true&connectionTimeZone=UTC
# A connection that was lost with a primary is given up soon, and another one asked for.
db.pool.config.connectionTimeout=3000
db.pool.config.validationTimeout=1000
db.pool.config.maximumPoolSize={{ int .Values.database.connections }}
db.pool.config.minimumIdle=2
{{- end }}
{{- range $key, $value := .Values.config }}
{{ $key }}={{ include "common.scalar" $value }}
{{- end }}
{{ end -}}

{{/* For the hook: "ID NAME DESCRIPTION" a line, tabs between. */}}
{{- define "nacos.namespaces" -}}
{{- range .Values.namespaces -}}
{{- printf "%s\t%s\t%s\n" .id (default .id .name) (default (default .id .name) .description) -}}
{{- end -}}
{{- end -}}

{{/* What a configuration is remembered by. */}}
{{- define "nacos.configId" -}}
{{- printf "%s/%s/%s" (default "" .namespace) (default "DEFAULT_GROUP" .group) .dataId | sha256sum | trunc 16 -}}
{{- end -}}

{{/* For the hook: "FILE ID NAMESPACE GROUP DATAID TYPE" a line, tabs between. */}}
{{- define "nacos.configs" -}}
{{- range $i, $config := .Values.configs -}}
{{- printf "%04d\t%s\t%s\t%s\t%s\t%s\n" $i (include "nacos.configId" .) (default "public" .namespace) (default "DEFAULT_GROUP" .group) .dataId (default "text" .type) -}}
{{- end -}}
{{- end -}}

{{- define "nacos.published" -}}
{{- $ids := list -}}
{{- range .Values.configs -}}{{- $ids = append $ids (include "nacos.configId" .) -}}{{- end -}}
{{- join " " $ids -}}
{{- end -}}

{{- define "nacos.env" -}}
{{ include "common.env" . }}
{{- end -}}

{{/* Whose database it is: where the release's own MySQL has it, the chart makes an account of the database's name. */}}
{{- define "nacos.databaseEnv" -}}
{{- if not .Values.database.host }}
- name: DATABASE_USER
  value: {{ .Values.database.name | quote }}
{{- end }}
{{- end -}}

{{/* What makes the database ready before the server starts: hooks would come too late, because pods have to be ready before them. */}}
{{- define "nacos.initContainers" -}}
{{- $database := include "nacos.database" . | fromYaml -}}
- name: schema
  {{- include "common.container" (dict "root" . "image" .Values.image "resources" .Values.hooks.resources) | nindent 2 }}
  command: [bash, /opt/ballast/schema.sh]
  volumeMounts:
    - name: scripts
      mountPath: /opt/ballast
      readOnly: true
    - name: schema
      mountPath: /schema
- name: database
  {{- include "common.container" (dict "root" . "image" .Values.database.image "resources" .Values.hooks.resources) | nindent 2 }}
  command: [bash, /opt/ballast/database.sh]
  env:
    - name: DATABASE
      value: {{ .Values.database.name | quote }}
    - name: DATABASE_HOST
      value: {{ $database.host | quote }}
    - name: DATABASE_PORT
      value: {{ $database.port | quote }}
    {{- include "nacos.databaseEnv" . | nindent 4 }}
  volumeMounts:
    - name: run
      mountPath: /run/ballast
    - name: tmp
      mountPath: /tmp
    - name: scripts
      mountPath: /opt/ballast
      readOnly: true
    - name: schema
      mountPath: /schema
      readOnly: true
    - name: database
      mountPath: /etc/ballast/database
      readOnly: true
    {{- if $database.administrator }}
    - name: administrator
      mountPath: /etc/ballast/administrator
      readOnly: true
    {{- end }}
{{- end -}}

{{/* What a server's pod has of its own, by the value that can't have it a second time. */}}
{{- define "nacos.own" -}}
extraEnv: [ARCHITECTURE, BASE, DATABASE_USER, JVM_FLAGS, POD, SUFFIX]
extraVolumes: [administrator, auth, data, database, run, schema, scripts, tmp]
extraVolumeMounts: [/data, /etc/ballast, /opt/ballast, /run/ballast, /tmp]
extraContainers: [nacos]
extraInitContainers: [database, schema]
{{- end -}}

{{- define "nacos.members" -}}
kubectl exec -n {{ .Release.Namespace }} {{ include "common.fullname" . }}-0 -c nacos -- bash -c '. /opt/ballast/lib.sh; log_in; http GET /v1/core/cluster/nodes'
{{- end -}}

{{/* What NOTES.txt says, here and in the umbrella. */}}
{{- define "nacos.notes" -}}
{{- $host := printf "%s.%s.svc" (include "common.fullname" .) .Release.Namespace -}}
Nacos {{ default .Values.image.tag .Values.image.digest }}: {{ if eq .Values.architecture "cluster" }}a cluster of {{ .Values.replicas }} servers, whose configurations are in {{ .Values.database.name }} on {{ (include "nacos.database" . | fromYaml).host }}{{ else }}a single server. It is unavailable while its pod or node is: meant for non-production namespaces{{ end }}.

Clients connect to:  {{ $host }}:8848 (and 9848, which they find themselves)
{{- if .Values.auth.required }}
The password of nacos, who may do anything:
  {{ include "common.passwordCommand" (dict "root" . "key" "admin-password") }}
{{- else }}
Nobody has to log in (auth.required is false).
{{- end }}

The console is at the path /nacos of the first port.

The members, and who leads their Raft groups:
  {{ include "nacos.members" . }}

{{ include "common.notes.uninstall" . }}
{{- end -}}
