{{/* What leads to a component's Service from outside, and what scales it. Each is called with (dict "root" . "component" "server" "name" "NAME"), NAME being the Service's. */}}
{{/* Beside that, each in place of what it would be: "as", its own name; "ingress", a block of the values; "port", of the Service. */}}
{{- define "common.ingress" -}}
{{- $ingress := default .root.Values.ingress .ingress -}}
{{- $port := default "http" .port -}}
{{- if $ingress.enabled -}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {{ default .name .as | quote }}
  labels: {{- include "common.labels" . | nindent 4 }}
  {{- with $ingress.annotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- with $ingress.className }}
  ingressClassName: {{ . | quote }}
  {{- end }}
  rules:
    {{- range $ingress.hosts }}
    - host: {{ . | quote }}
      http:
        paths:
          {{- range default (list "/") $ingress.paths }}
          - path: {{ . | quote }}
            pathType: Prefix
            backend:
              service:
                name: {{ $.name | quote }}
                port:
                  name: {{ $port }}
          {{- end }}
    {{- end }}
  {{- with $ingress.tlsSecret }}
  tls:
    - hosts: {{- toYaml $ingress.hosts | nindent 8 }}
      secretName: {{ . | quote }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "common.route" -}}
{{- $route := .root.Values.route -}}
{{- if $route.enabled -}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: {{ .name | quote }}
  labels: {{- include "common.labels" . | nindent 4 }}
  {{- with $route.annotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  parentRefs: {{- toYaml $route.gateways | nindent 4 }}
  {{- with $route.hosts }}
  hostnames: {{- toYaml . | nindent 4 }}
  {{- end }}
  rules:
    - matches:
        {{- range $route.paths }}
        - path:
            type: PathPrefix
            value: {{ . | quote }}
        {{- end }}
      backendRefs:
        - name: {{ .name | quote }}
          port: {{ int .root.Values.service.port }}
{{- end }}
{{- end -}}

{{/* Its "kind" is that of the scaled object, whose name is the Service's. */}}
{{- define "common.autoscaler" -}}
{{- $auto := .root.Values.autoscaling -}}
{{- if $auto.enabled -}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ .name | quote }}
  labels: {{- include "common.labels" . | nindent 4 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: {{ .kind }}
    name: {{ .name | quote }}
  minReplicas: {{ int $auto.minReplicas }}
  maxReplicas: {{ int $auto.maxReplicas }}
  metrics:
    {{- range $resource := list "cpu" "memory" }}
    {{- with int (get $auto (printf "%sPercent" $resource)) }}
    - type: Resource
      resource:
        name: {{ $resource }}
        target:
          type: Utilization
          averageUtilization: {{ . }}
    {{- end }}
    {{- end }}
    {{- with $auto.metrics }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with $auto.behavior }}
  behavior: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* URLs by which clients outside of the cluster come, as a JSON list. A route does not know its Gateway's listener: most have a certificate. */}}
{{- define "common.outside" -}}
{{- $urls := list -}}
{{- with .Values.ingress -}}
{{- $scheme := ternary "https" "http" (not (empty .tlsSecret)) -}}
{{- range ternary .hosts list .enabled -}}{{- $urls = append $urls (printf "%s://%s%s" $scheme . (first $.Values.ingress.paths)) -}}{{- end -}}
{{- end -}}
{{- with .Values.route -}}
{{- range ternary .hosts list .enabled -}}{{- $urls = append $urls (printf "https://%s%s" . (first $.Values.route.paths)) -}}{{- end -}}
{{- end -}}
{{- uniq $urls | toJson -}}
{{- end -}}

{{/* What is called first by an Ingress of a whole host. Call with its block of the values. */}}
{{- define "common.ingressUrl" -}}
{{ ternary "http" "https" (empty .tlsSecret) }}://{{ first .hosts }}
{{- end -}}

{{/* What no chart accepts of an Ingress. Call: (dict "chart" "minio" "path" "console.ingress" "ingress" BLOCK "host" "the console's host name") */}}
{{- define "common.validate.ingress" -}}
{{- range $key := list "className" "hosts" "tlsSecret" "annotations" "from" -}}
{{- if and (get $.ingress $key) (not $.ingress.enabled) -}}
{{- fail (printf "%s: %s.%s has no effect, because %s.enabled is false: set %s.enabled to true, or remove %s.%s" $.chart $.path $key $.path $.path $.path $key) -}}
{{- end -}}
{{- end -}}
{{- if and .ingress.enabled (not .ingress.hosts) -}}
{{- fail (printf "%s: %s.hosts is empty, and the Ingress would take every host: write %s" .chart .path .host) -}}
{{- end -}}
{{- end -}}
