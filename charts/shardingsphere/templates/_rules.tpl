{{/*
The rules as the hook applies them, a line each, with tabs between: DATABASE KIND NAME HASH PLACEMENT TABLES BODY, in the order in which they are made. HASH is the sum of the
whole, PLACEMENT that of what says where rows are ("-": nothing of it does), TABLES those whose rows it is about, and BODY what follows the statement's verb and name; in it
@{PATH} stands for what a Secret has. The verbs are in files/decide.sh.
*/}}
{{- define "shardingsphere.plan" -}}
{{- $old := eq (include "shardingsphere.dialect" .) "5.1" -}}
{{- range $database := .Values.databases -}}
{{- $of := dict "root" $ "database" .name -}}
{{- include "shardingsphere.rule" (merge (dict "kind" "database" "name" .name "body" "") $of) -}}
{{- range .storageUnits -}}
{{- $found := include "shardingsphere.unit" (dict "root" $ "unit" .) | fromJson -}}
{{- $pool := merge dict (default dict .pool) (dict "connectionTimeout" 3000) -}}
{{- $body := printf "(URL='%s', USER=%s, PASSWORD='@{units/%s/password}', %s)" (include "shardingsphere.jdbcUrl" (dict "root" $ "unit" .)) (printf (ternary "@{units/%s/username}" "'@{units/%s/username}'" $old) $found.secret) $found.secret (include "shardingsphere.properties" $pool) -}}
{{- include "shardingsphere.rule" (merge (dict "kind" "unit" "name" .name "placement" (printf "%s:%v/%s" $found.host $found.port .database) "body" $body) $of) -}}
{{- end -}}
{{- range .readwriteSplitting -}}
{{- $words := ternary (list "WRITE_RESOURCE" "READ_RESOURCES") (list "WRITE_STORAGE_UNIT" "READ_STORAGE_UNITS") $old -}}
{{- $body := printf "(%s=%s, %s(%s), %s)" (first $words) .write (last $words) (join ", " .read) (include "shardingsphere.algorithm" (list $old (default (dict "type" "round_robin") .loadBalancer))) -}}
{{- include "shardingsphere.rule" (merge (dict "kind" "readwrite" "name" .name "body" $body) $of) -}}
{{- end -}}
{{- range .tables -}}
{{- $placement := list -}}
{{- if .dataNodes -}}
{{- $placement = append $placement (printf "DATANODES('%s')" .dataNodes) -}}
{{- with .databaseStrategy -}}{{- $placement = append $placement (printf "DATABASE_STRATEGY(%s)" (include "shardingsphere.strategy" (list $old .))) -}}{{- end -}}
{{- with .tableStrategy -}}{{- $placement = append $placement (printf "TABLE_STRATEGY(%s)" (include "shardingsphere.strategy" (list $old .))) -}}{{- end -}}
{{- else -}}
{{- $placement = list (printf "%s(%s)" (ternary "RESOURCES" "STORAGE_UNITS" $old) (join ", " .storageUnits)) (printf "SHARDING_COLUMN=%s" .column) (include "shardingsphere.algorithm" (list $old .algorithm)) -}}
{{- end -}}
{{- $parts := $placement -}}
{{- with .keyGenerator -}}{{- $parts = append $parts (printf "KEY_GENERATE_STRATEGY(COLUMN=%s, %s)" .column (include "shardingsphere.algorithm" (list $old (omit . "column")))) -}}{{- end -}}
{{- include "shardingsphere.rule" (merge (dict "kind" "table" "name" .name "placement" (join ", " $placement) "tables" .name "body" (printf "(%s)" (join ", " $parts))) $of) -}}
{{- end -}}
{{- range .bindings -}}
{{- include "shardingsphere.rule" (merge (dict "kind" "binding" "name" (join "," .) "body" (printf "(%s)" (join "," .))) $of) -}}
{{- end -}}
{{- range .broadcast -}}
{{- include "shardingsphere.rule" (merge (dict "kind" "broadcast" "name" . "placement" "broadcast" "tables" . "body" "") $of) -}}
{{- end -}}
{{- range .encrypt -}}
{{- $columns := list -}}
{{- range .columns -}}
{{- $algorithm := dict "type" .type "properties" (merge dict (default dict .properties) (ternary (dict "aes-key-value" (printf "@{keys/%s/%s}" (default dict .key).secret (default dict .key).key)) dict (hasKey . "key"))) -}}
{{- $columns = append $columns (printf "(NAME=%s, CIPHER=%s, %s)" .name .cipher (ternary (include "shardingsphere.algorithm" (list $old $algorithm)) (printf "ENCRYPT_ALGORITHM(%s)" (include "shardingsphere.algorithm" (list $old $algorithm))) $old)) -}}
{{- end -}}
{{- $body := printf "(COLUMNS(%s))" (join ", " $columns) -}}
{{- include "shardingsphere.rule" (merge (dict "kind" "encrypt" "name" .table "placement" $body "tables" .table "body" $body) $of) -}}
{{- end -}}
{{- range .shadow -}}
{{- $tables := list -}}
{{- range $table, $algorithm := .tables -}}{{- $tables = append $tables (printf "%s(%s)" $table (include "shardingsphere.algorithm" (list $old $algorithm))) -}}{{- end -}}
{{- include "shardingsphere.rule" (merge (dict "kind" "shadow" "name" .name "body" (printf "(SOURCE=%s, SHADOW=%s, %s)" .source .shadow (join ", " $tables))) $of) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "shardingsphere.rule" -}}
{{- $placement := ternary (default "" .placement | sha256sum | trunc 8) "-" (hasKey . "placement") -}}
{{- join "\t" (list .database .kind .name (printf "%s %s" .kind .body | sha256sum | trunc 8) $placement (default "-" .tables) .body) }}
{{ end -}}

{{/* What is remembered of the rules once they were applied: DATABASE KIND NAME HASH PLACEMENT TABLES a line. */}}
{{- define "shardingsphere.recorded" -}}
{{- range include "shardingsphere.plan" . | splitList "\n" | compact -}}
{{- splitList "\t" . | initial | join " " }}
{{ end -}}
{{- end -}}

{{- define "shardingsphere.properties" -}}
{{- $entries := list -}}
{{- range $key, $value := . -}}{{- $entries = append $entries (printf "'%s'='%s'" $key (include "common.scalar" $value)) -}}{{- end -}}
PROPERTIES({{ join ", " $entries }})
{{- end -}}

{{/* Call: (list OLD ALGORITHM) */}}
{{- define "shardingsphere.algorithm" -}}
{{- $algorithm := last . -}}
TYPE(NAME={{ ternary $algorithm.type (squote $algorithm.type) (first .) }}{{ with $algorithm.properties }}, {{ include "shardingsphere.properties" . }}{{ end }})
{{- end -}}

{{/* Call: (list OLD STRATEGY) */}}
{{- define "shardingsphere.strategy" -}}
{{- $strategy := last . -}}
{{- $type := ternary "complex" "standard" (hasKey $strategy "columns") -}}
TYPE={{ ternary $type (squote $type) (first .) }}, {{ if $strategy.columns }}SHARDING_COLUMNS={{ join "," $strategy.columns }}{{ else }}SHARDING_COLUMN={{ $strategy.column }}{{ end }}
{{- printf ", SHARDING_ALGORITHM(%s)" (include "shardingsphere.algorithm" (list (first .) $strategy.algorithm)) }}
{{- end -}}
