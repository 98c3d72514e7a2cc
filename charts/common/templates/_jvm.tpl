{{/*
The heap of a JVM in bytes: what was asked for, or a share of the memory limit. The rest is for metaspace, code, threads and buffers, some
100 MiB even in a small server, and for the page cache.
Call: (dict "heap" "512Mi" "limit" "1Gi" "share" 0.5)
*/}}
{{- define "common.jvm.heap" -}}
{{- if .heap -}}
{{- include "common.bytes" .heap -}}
{{- else -}}
{{- mulf (include "common.bytes" .limit | float64) .share | floor | int64 -}}
{{- end -}}
{{- end -}}

{{/*
Flags that every server in Java gets, on one line: a heap of one size, because a pod's memory is reserved anyway; an end instead of a crippled
process when memory runs out; names looked up anew soon, because pods change their addresses. The collector is left to the JVM, which goes by the limits that it sees.
Call as above, and "flags" with the user's own.
*/}}
{{- define "common.jvm.flags" -}}
{{- $heap := include "common.jvm.heap" . | int64 -}}
{{- join " " (concat (list
  (printf "-Xms%d" $heap) (printf "-Xmx%d" $heap)
  "-XX:+ExitOnOutOfMemoryError" "-XX:ReservedCodeCacheSize=64m" "-XX:-UsePerfData"
  "-Dsun.net.inetaddr.ttl=2" "-Dsun.net.inetaddr.negative.ttl=0" "-Djava.awt.headless=true") (default list .flags)) -}}
{{- end -}}

{{/*
Prometheus' agent for a JVM, which an init container brings: what a pod needs of it, nothing where it is not enabled. Call: (dict "root" . "agent" AGENT), a map of the
values with `enabled`, `image` and `path`, the agent's file in that image. The chart's files/jmx.yml says what the agent asks for; its port is 9404.
*/}}
{{- define "common.jmx.container" -}}
{{- if .agent.enabled -}}
- name: jmx-agent
  {{- include "common.container" (dict "root" .root "image" .agent.image "resources" (dict "requests" (dict "cpu" "10m" "memory" "16Mi") "limits" (dict "memory" "64Mi"))) | nindent 2 }}
  command: [cp, {{ .agent.path | quote }}, /agent/jmx.jar]
  volumeMounts:
    - name: agent
      mountPath: /agent
{{- end -}}
{{- end -}}

{{- define "common.jmx.env" -}}
{{- if .agent.enabled -}}
- name: JMX_AGENT
  value: /opt/agent/jmx.jar=9404:/opt/ballast/jmx.yml
{{- end -}}
{{- end -}}

{{- define "common.jmx.mount" -}}
{{- if .agent.enabled -}}
- name: agent
  mountPath: /opt/agent
  readOnly: true
{{- end -}}
{{- end -}}

{{- define "common.jmx.volume" -}}
{{- if .agent.enabled -}}
- name: agent
  emptyDir:
    sizeLimit: 32Mi
{{- end -}}
{{- end -}}
