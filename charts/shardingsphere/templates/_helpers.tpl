{{- define "shardingsphere.replicas" -}}
{{- if eq .Values.architecture "standalone" -}}1{{- else -}}{{ int (ternary .Values.autoscaling.minReplicas .Values.replicas .Values.autoscaling.enabled) }}{{- end -}}
{{- end -}}

{{/* How the proxy is configured and spoken to: 5.1, or 5.5; empty for what the chart does not know. By the tag, also where a digest wins over it; without one it is the chart's own version. */}}
{{- define "shardingsphere.dialect" -}}
{{- $tag := default .Chart.AppVersion .Values.image.tag | toString -}}
{{- if regexMatch "^5\\.1\\." $tag -}}5.1{{- else if regexMatch "^5\\.5\\." $tag -}}5.5{{- end -}}
{{- end -}}

{{/* ZooKeeper's servers: those that the user names, or else those of the same release. Empty where there are none. */}}
{{- define "shardingsphere.zookeeperServers" -}}
{{- if .Values.zookeeper.connect -}}
{{- .Values.zookeeper.connect -}}
{{- else -}}
{{- with include "common.sibling" (dict "root" . "system" "zookeeper") | fromYaml -}}{{ .host }}:{{ .port }}{{- end -}}
{{- end -}}
{{- end -}}

{{- define "shardingsphere.databaseNames" -}}
{{- $names := list -}}
{{- range .Values.databases -}}{{- $names = append $names .name -}}{{- end -}}
{{- join " " $names -}}
{{- end -}}

{{/*
A storage unit as JDBC and the hook need it, JSON: host, port, tls, `secret` with username and password, `ca` (the Secret of that, empty where nothing is verified).
A unit of the release's own is checked as any app's `uses` is. Call: (dict "root" . "unit" UNIT)
*/}}
{{- define "shardingsphere.unit" -}}
{{- $unit := .unit -}}
{{- if and $unit.mysql (not $unit.host) -}}
{{- $there := include "common.sibling" (dict "root" .root "system" $unit.mysql) | fromYaml -}}
{{- if not $there -}}
{{- fail (printf "shardingsphere: databases: storage unit %s has mysql %s, and no such MySQL is part of this release: enable it in the umbrella chart, or write host" $unit.name $unit.mysql) -}}
{{- end -}}
{{- if not (dig "env" "REPLICAS_HOST" "" $there) -}}
{{- fail (printf "shardingsphere: databases: storage unit %s has mysql %s, which is no MySQL: write the key of one" $unit.name $unit.mysql) -}}
{{- end -}}
{{- $use := dict "name" $unit.mysql -}}
{{- with $unit.user -}}{{- $_ := set $use "user" . -}}{{- end -}}
{{- $account := include "common.use.account" (dict "account" (default dict $there.account) "use" $use "path" "shardingsphere: databases" "app" .root.Chart.Name) | fromJson -}}
{{- $host := ternary $there.env.REPLICAS_HOST $there.host (eq (default "primary" $unit.role) "replicas") -}}
{{- $tls := default "verify-ca" $unit.tls -}}
{{- dict "host" $host "port" $there.port "tls" $tls "secret" $account.secret "ca" (ternary $there.ca "" (hasPrefix "verify" $tls)) | toJson -}}
{{- else -}}
{{- $tls := default "preferred" $unit.tls -}}
{{- dict "host" $unit.host "port" (int (default 3306 $unit.port)) "tls" $tls "secret" $unit.existingSecret "ca" (ternary $unit.existingSecret "" (hasPrefix "verify" $tls)) | toJson -}}
{{- end -}}
{{- end -}}

{{/* Secrets that the user promised: "NAME KEY:RULES…" each. What stands in DistSQL can't have quotes or brackets, which the proxy takes away. */}}
{{- define "shardingsphere.expected" -}}
{{- $found := list -}}
{{- if .Values.zookeeper.existingSecret -}}
{{- $found = append $found (printf "%s username:name password:ascii,no-${" .Values.zookeeper.existingSecret) -}}
{{- end -}}
{{- range $database := .Values.databases -}}
{{- range $unit := $database.storageUnits -}}
{{- if not $unit.mysql -}}
{{- $found = append $found (printf "%s username:text password:text%s" $unit.existingSecret (ternary " ca.crt" "" (hasPrefix "verify" (default "" $unit.tls)))) -}}
{{- end -}}
{{- end -}}
{{- range $table := $database.encrypt -}}
{{- range $table.columns -}}{{- with .key -}}{{- $found = append $found (printf "%s %s:text" .secret .key) -}}{{- end -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- $found | uniq | toJson -}}
{{- end -}}

{{/* Secrets that the hook reads, JSON: by their names the directory below /etc/ballast, and their keys there. */}}
{{- define "shardingsphere.read" -}}
{{- $read := dict -}}
{{- range $database := .Values.databases -}}
{{- range $unit := $database.storageUnits -}}
{{- $found := include "shardingsphere.unit" (dict "root" $ "unit" $unit) | fromJson -}}
{{- $_ := set $read (printf "units/%s" $found.secret) (list "username" "password") -}}
{{- end -}}
{{- range $table := $database.encrypt -}}
{{- range $table.columns -}}
{{- with .key -}}
{{- $path := printf "keys/%s" .secret -}}
{{- $_ := set $read $path (append (default list (get $read $path)) .key | uniq) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $read -}}
{{- end -}}

{{- define "shardingsphere.secretMounts" -}}
{{- $mounts := list -}}
{{- range $path, $_ := include "shardingsphere.read" . | fromJson -}}
{{- $mounts = append $mounts (dict "name" (printf "read-%s" (sha256sum $path | trunc 8)) "mountPath" (printf "/etc/ballast/%s" $path) "readOnly" true) -}}
{{- end -}}
{{- toJson $mounts -}}
{{- end -}}

{{- define "shardingsphere.secretVolumes" -}}
{{- $volumes := list -}}
{{- range $path, $keys := include "shardingsphere.read" . | fromJson -}}
{{- $items := list -}}
{{- range $keys -}}{{- $items = append $items (dict "key" . "path" .) -}}{{- end -}}
{{- $volumes = append $volumes (dict "name" (printf "read-%s" (sha256sum $path | trunc 8)) "secret" (dict "secretName" (base $path) "defaultMode" 0440 "items" $items)) -}}
{{- end -}}
{{- toJson $volumes -}}
{{- end -}}

{{/* The proxies' own Secrets: authorities of MySQL's certificates, by their names. JSON list. */}}
{{- define "shardingsphere.authorities" -}}
{{- $found := list -}}
{{- range $database := .Values.databases -}}
{{- range $unit := $database.storageUnits -}}
{{- with (include "shardingsphere.unit" (dict "root" $ "unit" $unit) | fromJson).ca -}}{{- $found = append $found . -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- $found | uniq | sortAlpha | toJson -}}
{{- end -}}

{{/* HOST:PORT of every MySQL, blanks between. */}}
{{- define "shardingsphere.unitServers" -}}
{{- $found := list -}}
{{- range $database := .Values.databases -}}
{{- range $unit := $database.storageUnits -}}
{{- $one := include "shardingsphere.unit" (dict "root" $ "unit" $unit) | fromJson -}}
{{- $found = append $found (printf "%s:%v" $one.host $one.port) -}}
{{- end -}}
{{- end -}}
{{- $found | uniq | join " " -}}
{{- end -}}

{{- define "shardingsphere.jdbcUrl" -}}
{{- $root := .root -}}
{{- $found := include "shardingsphere.unit" . | fromJson -}}
{{- $properties := dict "connectTimeout" 1000 "socketTimeout" (mul 1000 (int64 $root.Values.jdbc.socketTimeoutSeconds)) "tcpKeepAlive" true "connectionTimeZone" "UTC" "allowPublicKeyRetrieval" true
  "sslMode" (upper $found.tls | replace "-" "_") -}}
{{- range $key, $value := $root.Values.jdbc.properties -}}{{- $_ := set $properties $key $value -}}{{- end -}}
{{- $query := list -}}
{{- range $key, $value := $properties -}}{{- $query = append $query (printf "%s=%s" $key (include "common.scalar" $value)) -}}{{- end -}}
{{- printf "jdbc:mysql://%s:%v/%s?%s" $found.host $found.port .unit.database (join "&" $query) -}}
{{- end -}}

{{/* The proxy's configuration, but for accounts and what is secret: run.sh puts them where @USERS@ and @METADATA@ stand. */}}
{{- define "shardingsphere.configuration" -}}
{{- $old := eq (include "shardingsphere.dialect" .) "5.1" -}}
mode:
{{- if eq .Values.architecture "cluster" }}
  type: Cluster
  repository:
    type: ZooKeeper
    props:
      namespace: {{ default (include "common.fullname" .) .Values.zookeeper.namespace | quote }}
      server-lists: {{ include "shardingsphere.zookeeperServers" . | quote }}
      retryIntervalMilliseconds: 500
      timeToLiveSeconds: 10
      maxRetries: 3
      operationTimeoutMilliseconds: 2000
      digest: "@METADATA@"
{{- else }}
  type: Standalone
  repository:
    {{- if $old }}
    type: File
    props:
      path: /data/metadata
    {{- else }}
    type: JDBC
    props:
      provider: H2
      jdbc_url: jdbc:h2:file:/data/metadata;DB_CLOSE_ON_EXIT=FALSE
      username: sa
      password: ""
    {{- end }}
{{- end }}
{{- if $old }}
  # Accounts and properties are this file's; databases and their rules are not.
  overwrite: true
rules:
  - !AUTHORITY
    users:
@USERS@
    provider:
      type: ALL_PRIVILEGES_PERMITTED
  - !TRANSACTION
    defaultType: LOCAL
{{- else }}
authority:
  users:
@USERS@
  privilege:
    {{- with include "shardingsphere.mappings" . }}
    type: DATABASE_PERMITTED
    props:
      user-database-mappings: {{ . | quote }}
    {{- else }}
    type: ALL_PERMITTED
    {{- end }}
transaction:
  defaultType: LOCAL
{{- end }}
props:
{{- range $key, $value := .Values.config }}
  {{ $key }}: {{ kindIs "string" $value | ternary (quote $value) (include "common.scalar" $value) }}
{{- end }}
  proxy-frontend-database-protocol-type: MySQL
  proxy-default-port: 3307
{{ end -}}

{{/* Which account may use which databases, where any is limited; root may use all. */}}
{{- define "shardingsphere.mappings" -}}
{{- $mappings := list -}}
{{- $limited := false -}}
{{- $all := splitList " " (include "shardingsphere.databaseNames" .) | compact -}}
{{- range .Values.users -}}
{{- if hasKey . "databases" -}}{{- $limited = true -}}{{- end -}}
{{- $name := .name -}}
{{- range ternary .databases $all (hasKey . "databases") -}}{{- $mappings = append $mappings (printf "%s@%%=%s" $name .) -}}{{- end -}}
{{- end -}}
{{- range $all -}}{{- $mappings = append $mappings (printf "root@%%=%s" .) -}}{{- end -}}
{{- if $limited -}}{{- join ", " $mappings -}}{{- end -}}
{{- end -}}

{{- define "shardingsphere.env" -}}{{- end -}}

{{/* What brings MySQL's driver, and where it comes from. */}}
{{- define "shardingsphere.initContainers" -}}
{{- $driver := .Values.driver -}}
{{- if or $driver.url $driver.image.repository -}}
- name: driver
  {{- include "common.container" (dict "root" . "image" (ternary .Values.tools.image $driver.image (ne $driver.url "")) "resources" .Values.hooks.resources) | nindent 2 }}
  command: [sh, /opt/ballast/driver.sh]
  env:
    {{- if $driver.url }}
    {{- include "common.envOf" (dict "URL" $driver.url "SHA256" $driver.sha256) | nindent 4 }}
    {{- else }}
    {{- include "common.envOf" (dict "FROM" $driver.path) | nindent 4 }}
    {{- end }}
  volumeMounts:
    - name: scripts
      mountPath: /opt/ballast
      readOnly: true
    - name: driver
      mountPath: /driver
{{ end -}}
{{ include "common.jmx.container" (dict "root" . "agent" .Values.metrics) }}
{{- end -}}

{{/* What a server's pod has of its own, by the value that can't have it a second time. */}}
{{- define "shardingsphere.own" -}}
extraEnv: [DIALECT, JMX_AGENT, JVM_FLAGS, UNITS, ZOOKEEPER]
extraVolumes: [agent, auth, authorities, data, driver, run, scripts, tmp, zookeeper]
extraVolumeMounts: [/data, /etc/ballast, /opt/agent, /opt/ballast, /opt/driver, /run/ballast, /tmp]
extraContainers: [shardingsphere]
extraInitContainers: [driver, jmx-agent]
{{- end -}}

{{/* What common.sibling and common.uses tell others of the release. */}}
{{- define "shardingsphere.endpoint" -}}
host: {{ include "common.host" . }}
port: 3307
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
env:
  JDBC_URL: jdbc:mysql://$(HOST):$(PORT)/{{ if .Values.databases }}$(DATABASE){{ end }}?sslMode=DISABLED
spring:
  SPRING_DATASOURCE_URL: $(JDBC_URL)
{{- end -}}
