{{- define "mysql.replicas" -}}{{ ternary 1 (int .Values.replicas) (eq .Values.architecture "standalone") }}{{- end -}}

{{/*
innodb_buffer_pool_size in bytes: what the limit leaves after the server's own needs, which were measured: 300 MiB for a small single
instance, 560 MiB for a member of a replication under transactions of 64 MiB, 700 MiB for a group member with a 128 MiB message cache. A quarter of the rest is head room for connections.
*/}}
{{- define "mysql.bufferPool" -}}
{{- if .Values.bufferPool -}}
{{- include "common.bytes" .Values.bufferPool -}}
{{- else -}}
{{- $limit := include "common.bytes" .Values.resources.limits.memory | int64 -}}
{{- $fixed := get (dict "standalone" 314572800 "replication" 629145600 "group" 734003200) .Values.architecture -}}
{{- $rest := divf (mulf (sub $limit $fixed | float64) 3.0) 4.0 | floor | int64 -}}
{{- max 67108864 $rest -}}
{{- end -}}
{{- end -}}

{{- define "mysql.cnf" -}}
{{- $group := eq .Values.architecture "group" -}}
[client]
socket=/run/ballast/mysqld.sock
[mysqld]
datadir=/var/lib/mysql/data
socket=/run/ballast/mysqld.sock
pid-file=/run/ballast/mysqld.pid
tmpdir=/tmp
secure_file_priv=NULL
skip_name_resolve=ON
mysqlx=OFF
plugin_load_add=auth_socket.so
innodb_buffer_pool_size={{ include "mysql.bufferPool" . }}
innodb_flush_log_at_trx_commit=1
sync_binlog=1
gtid_mode=ON
enforce_gtid_consistency=ON
log_bin=binlog
relay_log=relay
binlog_expire_logs_seconds=604800
ssl_ca=/etc/ballast/tls/ca.crt
ssl_cert=/etc/ballast/tls/tls.crt
ssl_key=/etc/ballast/tls/tls.key
require_secure_transport={{ ternary "ON" "OFF" .Values.tls.required }}
{{- if $group }}
plugin_load_add=group_replication.so
plugin_load_add=mysql_clone.so
super_read_only=ON
# A member that starts reads its relay log from the beginning and skips what it has (the group's channels persist no position, gtid_only): in
# small files, what is done with goes soon. The founder of a group was measured to take 10 s for 17 MB.
max_relay_log_size=1048576
clone_ssl_ca=/etc/ballast/tls/ca.crt
clone_ssl_cert=/etc/ballast/tls/tls.crt
clone_ssl_key=/etc/ballast/tls/tls.key
loose_group_replication_start_on_boot=OFF
loose_group_replication_single_primary_mode=ON
loose_group_replication_consistency=BEFORE_ON_PRIMARY_FAILOVER
loose_group_replication_member_expel_timeout=0
loose_group_replication_unreachable_majority_timeout=5
loose_group_replication_autorejoin_tries=0
loose_group_replication_exit_state_action=OFFLINE_MODE
loose_group_replication_message_cache_size=134217728
loose_group_replication_ssl_mode=VERIFY_CA
loose_group_replication_recovery_use_ssl=ON
loose_group_replication_recovery_ssl_ca=/etc/ballast/tls/ca.crt
loose_group_replication_recovery_reconnect_interval=2
{{- else if eq .Values.architecture "replication" }}
plugin_load_add=semisync_source.so
plugin_load_add=semisync_replica.so
plugin_load_add=mysql_clone.so
super_read_only=ON
skip_replica_start=ON
# What was received and not applied is fetched again, because a torn relay log would stop the replica: see DESIGN.md for what that means for its acknowledgements.
relay_log_recovery=ON
replica_net_timeout=4
show_replica_auth_info=ON
clone_ssl_ca=/etc/ballast/tls/ca.crt
clone_ssl_cert=/etc/ballast/tls/tls.crt
clone_ssl_key=/etc/ballast/tls/tls.key
# A write is acknowledged once a replica has it, however long that takes. The agent decides whose acknowledgements count.
loose_rpl_semi_sync_source_timeout=4294967295
loose_rpl_semi_sync_source_wait_for_replica_count=1
loose_rpl_semi_sync_source_wait_no_replica=ON
loose_rpl_semi_sync_source_wait_point=AFTER_SYNC
{{- else if lt (include "common.bytes" .Values.resources.limits.memory | int64) 1073741824 }}
performance_schema=OFF
{{- end }}
{{- range $key, $value := .Values.config }}
{{- /* ON and OFF are YAML's true and false, and an enumeration (event_scheduler) knows only the former. */}}
{{ $key }}={{ if kindIs "bool" $value }}{{ ternary "ON" "OFF" $value }}{{ else }}{{ include "common.scalar" $value }}{{ end }}
{{- end }}
{{ end -}}

{{/* Databases, and users without their passwords. */}}
{{- define "mysql.provision" -}}
{{- range .Values.databases }}
CREATE DATABASE IF NOT EXISTS `{{ .name }}` CHARACTER SET {{ .characterSet | default "utf8mb4" }}{{ with .collation }} COLLATE {{ . }}{{ end }};
{{- end }}
{{- range .Values.users }}
{{- $account := printf "'%s'@'%s'" .name (.host | default "%") }}
CREATE USER IF NOT EXISTS {{ $account }} IDENTIFIED BY RANDOM PASSWORD;
{{- range .grants }}
GRANT {{ .privileges }} ON {{ .target }} TO {{ $account }};
{{- end }}
{{- end }}
{{ end -}}

{{- define "mysql.env" -}}
{{ include "common.env" . }}
{{- end -}}

{{/* What a server's pod has of its own, by the value that can't have it a second time. */}}
{{- define "mysql.own" -}}
extraEnv: [ARCHITECTURE, BASE, CLONE_ABOVE, LEASE_SECONDS, POD, SINGLE_LEADER, SUFFIX, WRITES_ALONE]
extraVolumes: [api-access, auth, data, run, scripts, tls, tmp]
extraVolumeMounts: [/etc/ballast, /etc/my.cnf, /opt/ballast, /run/ballast, /tmp, /var/lib/mysql]
extraContainers: [mysql, metrics]
extraInitContainers: [role]
{{- end -}}

{{/* What common.sibling and common.uses tell others of the release. */}}
{{- define "mysql.endpoint" -}}
host: {{ include "common.primaryHost" . }}
port: 3306
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
ca: {{ include "common.tlsSecret" . | quote }}
administrator: {secret: {{ include "common.authSecret" . | quote }}, key: root-password}
env:
  REPLICAS_HOST: {{ include "common.replicasHost" . }}
  JDBC_URL: jdbc:mysql://$(HOST):$(PORT)/{{ if .Values.databases }}$(DATABASE){{ end }}
spring:
  SPRING_DATASOURCE_URL: $(JDBC_URL)
{{- end -}}
