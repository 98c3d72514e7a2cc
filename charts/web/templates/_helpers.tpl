{{- define "web.replicas" -}}{{ int (ternary .Values.autoscaling.minReplicas .Values.replicas .Values.autoscaling.enabled) }}{{- end -}}

{{/* Nobody in the release looks for it. */}}
{{- define "web.endpoint" -}}{{- end -}}

{{/* Bytes that a worker may take: what is left of the limit by the server's main process, in equal parts. */}}
{{- define "web.workerBytes" -}}
{{- div (sub (include "common.bytes" .Values.resources.limits.memory | int64) 50331648) (int64 .Values.workers) -}}
{{- end -}}

{{- define "web.hosts" -}}
{{- $hosts := list -}}
{{- if .Values.ingress.enabled -}}{{- $hosts = concat $hosts .Values.ingress.hosts -}}{{- end -}}
{{- if .Values.route.enabled -}}{{- $hosts = concat $hosts .Values.route.hosts -}}{{- end -}}
{{- uniq $hosts | toJson -}}
{{- end -}}

{{/* Django's way to write a host's subdomains is .example.com. */}}
{{- define "web.allowedHosts" -}}
{{- $full := include "common.fullname" . -}}
{{- $hosts := list "localhost" $full (printf "%s.%s" $full .Release.Namespace) (printf "%s.%s.svc" $full .Release.Namespace) (include "common.host" .) -}}
{{- range include "web.hosts" . | fromJsonArray -}}{{- $hosts = append $hosts (trimPrefix "*" .) -}}{{- end -}}
{{- concat $hosts .Values.allowedHosts | uniq | join "," -}}
{{- end -}}

{{- define "web.origins" -}}
{{- $origins := list -}}
{{- range include "web.hosts" . | fromJsonArray -}}{{- $origins = concat $origins (list (printf "https://%s" .) (printf "http://%s" .)) -}}{{- end -}}
{{- concat $origins .Values.csrfTrustedOrigins | uniq | join "," -}}
{{- end -}}

{{/* The project's environment, as JSON: `DJANGO_…` of the chart, what it uses of the release, and its own. */}}
{{- define "web.env" -}}
{{- $env := list
  (dict "name" "DJANGO_SECRET_KEY" "valueFrom" (dict "secretKeyRef" (dict "name" (include "common.authSecret" .) "key" "secret-key")))
  (dict "name" "DJANGO_ALLOWED_HOSTS" "value" (include "web.allowedHosts" .))
  (dict "name" "DJANGO_CSRF_TRUSTED_ORIGINS" "value" (include "web.origins" .)) -}}
{{- if .Values.static.enabled -}}{{- $env = append $env (dict "name" "DJANGO_STATIC_ROOT" "value" "/srv/static") -}}{{- end -}}
{{- if .Values.media.enabled -}}{{- $env = append $env (dict "name" "DJANGO_MEDIA_ROOT" "value" "/srv/media") -}}{{- end -}}
{{- range $name, $value := dict "HOME" "/tmp" "PYTHONDONTWRITEBYTECODE" "1" "PYTHONUNBUFFERED" "1" -}}
{{- if not (hasKey $.Values.env $name) -}}{{- $env = append $env (dict "name" $name "value" $value) -}}{{- end -}}
{{- end -}}
{{- range $name, $value := .Values.env -}}
{{- if kindIs "map" $value -}}
{{- $env = append $env (dict "name" $name "valueFrom" (dict "secretKeyRef" (dict "name" $value.secret "key" $value.key))) -}}
{{- else -}}
{{- $env = append $env (dict "name" $name "value" (include "common.scalar" $value)) -}}
{{- end -}}
{{- end -}}
{{- toJson $env -}}
{{- end -}}

{{/* What it uses of the release, as common.uses gives it. */}}
{{- define "web.uses" -}}
{{- include "common.uses" (dict "root" . "uses" .Values.uses "path" "uses" "app" .Chart.Name "plain" true "env" (include "web.env" . | fromJsonArray)) -}}
{{- end -}}

{{/* A container of the project's image, but for its name, command and probes. Call: (dict "root" . "uses" USES "mounts" "YAML"), and "resources" RESOURCES, "env" LIST. */}}
{{- define "web.container" -}}
{{- $values := .root.Values -}}
{{- include "common.container" (dict "root" .root "image" $values.image "resources" (default $values.resources .resources)) }}
{{- with $values.directory }}
workingDir: {{ . }}
{{- end }}
env:
  {{- include "common.extra" (dict "root" .root "what" "extraEnv" "own" "web.own") | nindent 2 }}
  {{- toYaml (concat .uses.env (default list .env)) | nindent 2 }}
{{- with $values.envFrom }}
envFrom: {{- toYaml . | nindent 2 }}
{{- end }}
volumeMounts:
  {{- include "common.extra" (dict "root" .root "what" "extraVolumeMounts" "own" "web.own") | nindent 2 }}
  {{- include "common.mounts" (dict "root" .root "secrets" .secrets) | nindent 2 }}
  {{- with .uses.mounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  {{- range $path, $_ := $values.files }}
  - name: scripts
    mountPath: {{ $path | quote }}
    subPath: {{ include "web.fileKey" $path }}
    readOnly: true
  {{- end }}
{{- end -}}

{{/* The container that applies migrations and makes users: of a pod before it serves, and of the hook before an upgrade. */}}
{{- define "web.migrate" -}}
{{- include "web.container" (dict "root" .root "uses" .uses "resources" .resources "secrets" (list "users") "env" (list (dict "name" "USERS" "value" (include "web.userLines" .root)))) }}
{{- end -}}

{{- define "web.userLines" -}}
{{- $lines := list -}}
{{- range .Values.users -}}{{- $lines = append $lines (printf "/etc/ballast/users/%s/password %s %s" .name .name (default "" .email)) -}}{{- end -}}
{{- join "\n" $lines -}}
{{- end -}}

{{/* The volumes of those. Call: (dict "root" . "uses" USES "scripts" "CONFIGMAP") */}}
{{- define "web.volumes" -}}
{{- include "common.extra" (dict "root" .root "what" "extraVolumes" "own" "web.own") }}
{{ include "common.volumes" (dict "root" .root "scripts" .scripts "secrets" (list "users")) }}
{{- with .uses.volumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Key of the ConfigMap for a file at a path. */}}
{{- define "web.fileKey" -}}file-{{ sha256sum . | trunc 16 }}{{- end -}}

{{/* Entries of the ConfigMap that all containers of the project's image need. */}}
{{- define "web.files" -}}
project.py: |
  {{- .Files.Get "files/project.py" | nindent 2 }}
{{- range $path, $text := .Values.files }}
{{ include "web.fileKey" $path }}: {{ toJson $text }}
{{- end }}
{{- end -}}

{{- define "web.uwsgi" -}}
[uwsgi]
; An option that it does not know is an error.
strict = true
module = {{ .Values.application }}
socket = /run/ballast/app.sock
master = true
processes = {{ int64 .Values.workers }}
threads = {{ int64 .Values.threads }}
need-app = true
single-interpreter = true
enable-threads = true
; Each worker has connections of its own.
lazy-apps = true
die-on-term = true
vacuum = true
harakiri = {{ int64 .Values.requestSeconds }}
harakiri-verbose = true
max-requests = {{ int64 .Values.maxRequests }}
reload-on-rss = {{ div (include "web.workerBytes" . | int64) 1048576 }}
buffer-size = 32768
; nginx says what was asked.
disable-logging = true
; A client that went away is no error.
ignore-sigpipe = true
ignore-write-errors = true
disable-write-exception = true
{{- range $key, $value := .Values.config }}
{{ $key }} = {{ include "common.scalar" $value }}
{{- end }}
{{ end -}}

{{- define "web.gunicorn" -}}
wsgi_app = {{ .Values.application | quote }}
workers = {{ int64 .Values.workers }}
threads = {{ int64 .Values.threads }}
timeout = {{ int64 .Values.requestSeconds }}
graceful_timeout = {{ int64 .Values.requestSeconds }}
max_requests = {{ int64 .Values.maxRequests }}
max_requests_jitter = {{ div (int64 .Values.maxRequests) 10 }}
worker_bytes = {{ include "web.workerBytes" . }}
own_settings = {{ keys .Values.config | sortAlpha | join " " | replace "-" "_" | splitList " " | compact | toJson }}
{{- range $key, $value := .Values.config }}
{{ $key | replace "-" "_" }} = {{ if kindIs "bool" $value }}{{ ternary "True" "False" $value }}{{ else }}{{ toJson $value }}{{ end }}
{{- end }}
{{ .Files.Get "files/gunicorn.conf.py" }}
{{- end -}}

{{/* How nginx asks the project. Call: (dict "root" . "path" "/PATH"), without a path as the client did. */}}
{{- define "web.pass" -}}
{{- $own := hasKey . "path" -}}
{{- $host := ternary "localhost" "$http_host" $own -}}
{{- $proto := ternary "https" "$forwarded_proto" $own -}}
{{- $uri := ternary (default "" .path) "$request_uri" $own -}}
{{- if eq .root.Values.server "uwsgi" -}}
uwsgi_pass unix:/run/ballast/app.sock;
uwsgi_param REQUEST_METHOD $request_method;
uwsgi_param REQUEST_URI {{ $uri }};
uwsgi_param PATH_INFO {{ ternary $uri "$document_uri" $own }};
uwsgi_param QUERY_STRING {{ ternary "''" "$query_string" $own }};
uwsgi_param CONTENT_TYPE $content_type;
uwsgi_param CONTENT_LENGTH $content_length;
uwsgi_param SERVER_PROTOCOL $server_protocol;
uwsgi_param SERVER_NAME $server_name;
uwsgi_param SERVER_PORT $server_port;
uwsgi_param REMOTE_ADDR $remote_addr;
uwsgi_param REMOTE_PORT $remote_port;
uwsgi_param UWSGI_SCHEME {{ $proto }};
uwsgi_param HTTP_HOST {{ $host }};
uwsgi_param HTTP_X_REAL_IP $remote_addr;
uwsgi_param HTTP_X_FORWARDED_FOR $remote_addr;
uwsgi_param HTTP_X_FORWARDED_PROTO {{ $proto }};
{{- else -}}
proxy_pass http://unix:/run/ballast/app.sock{{ if $own }}:{{ $uri }}{{ end }};
proxy_http_version 1.1;
proxy_set_header Connection "";
proxy_set_header Host {{ $host }};
proxy_set_header X-Real-IP $remote_addr;
proxy_set_header X-Forwarded-For $remote_addr;
proxy_set_header X-Forwarded-Proto {{ $proto }};
{{- end }}
{{- end -}}

{{- define "web.nginx" -}}
{{- $v := .Values -}}
{{- $protocol := ternary "uwsgi" "proxy" (eq $v.server "uwsgi") -}}
daemon off;
worker_processes {{ int64 $v.nginx.workers }};
# Two for each client.
worker_rlimit_nofile 8192;
pid /run/ballast/nginx.pid;
error_log stderr warn;
worker_shutdown_timeout {{ add (int64 $v.requestSeconds) 10 }}s;

events {
    worker_connections 4096;
}

http {
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    client_body_temp_path /var/cache/nginx/body;
    proxy_temp_path /var/cache/nginx/proxy;
    fastcgi_temp_path /var/cache/nginx/fastcgi;
    uwsgi_temp_path /var/cache/nginx/uwsgi;
    scgi_temp_path /var/cache/nginx/scgi;
    log_format main '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_time';
    access_log /dev/stdout main;
    server_tokens off;
    sendfile on;
    tcp_nopush on;
    keepalive_timeout 65s;
    # A pod that goes waits so long for the next request of a connection that was just used, and then asks its client to open another one.
    keepalive_min_timeout 5s;
    {{- if $v.nginx.gzip }}
    gzip on;
    gzip_vary on;
    gzip_proxied any;
    gzip_min_length 1024;
    gzip_types text/plain text/css text/xml text/javascript application/javascript application/json application/xml application/manifest+json image/svg+xml;
    {{- end }}
    {{- range $v.nginx.realIpFrom }}
    set_real_ip_from {{ . }};
    {{- end }}
    real_ip_header {{ $v.nginx.realIpHeader }};
    real_ip_recursive on;
    geo $realip_remote_addr $trusted {
        default 0;
        {{- range $v.nginx.realIpFrom }}
        {{ . }} 1;
        {{- end }}
    }
    map "$trusted $http_x_forwarded_proto" $forwarded_proto {
        default $scheme;
        "1 https" https;
    }
    map $uri $static_age {
        default "public, max-age={{ int64 $v.static.maxAgeSeconds }}";
        "~\.[0-9a-f]{12}\.[^/]+$" "public, max-age=31536000, immutable";
    }
    {{- /* templates/validate.yaml, which comes later, says what is wrong with it. */}}
    client_max_body_size {{ include "common.bytes" (ternary $v.nginx.uploadLimit "0" (regexMatch "^[0-9]+(\\.[0-9]+)?(k|Ki|M|Mi|G|Gi)?$" $v.nginx.uploadLimit)) }};
    # The server's own limit comes first.
    {{ $protocol }}_read_timeout {{ add (int64 $v.requestSeconds) 5 }}s;
    {{ $protocol }}_send_timeout {{ add (int64 $v.requestSeconds) 5 }}s;

    server {
        include /run/ballast/listen-8080.conf;
        {{- if $v.static.enabled }}
        location ^~ {{ $v.static.path }} {
            alias /srv/static/;
            add_header Cache-Control $static_age;
            access_log off;
        }
        {{- end }}
        {{- if $v.media.enabled }}
        location ^~ {{ $v.media.path }} {
            alias /srv/media/;
            # Somebody else's file must not act in the project's name.
            add_header Content-Security-Policy "default-src 'none'; style-src 'unsafe-inline'; sandbox";
            add_header X-Content-Type-Options nosniff;
        }
        {{- end }}
        {{- if $v.metrics.enabled }}
        location = {{ $v.metrics.path }} {
            return 404;
        }
        {{- end }}
        location / {
            {{- include "web.pass" (dict "root" .) | nindent 12 }}
        }
        {{- with $v.nginx.server }}
        {{- . | nindent 8 }}
        {{- end }}
    }

    # Kubelet's.
    server {
        include /run/ballast/listen-8081.conf;
        access_log off;
        location = /nginx {
            return 200;
        }
        location = /ready {
            {{- include "web.pass" (dict "root" . "path" $v.probes.readiness.path) | nindent 12 }}
        }
        location = /alive {
            {{ $protocol }}_intercept_errors on;
            error_page 301 302 303 307 308 400 401 403 404 405 410 429 500 501 503 =200 @alive;
            {{- include "web.pass" (dict "root" . "path" (default $v.probes.readiness.path $v.probes.liveness.path)) | nindent 12 }}
        }
        location @alive {
            return 200;
        }
    }
    {{- if $v.metrics.enabled }}

    server {
        include /run/ballast/listen-9090.conf;
        access_log off;
        location = /metrics {
            {{- include "web.pass" (dict "root" . "path" $v.metrics.path) | nindent 12 }}
        }
    }
    {{- end }}
}
{{ end -}}

{{/* What a server's pod has of its own, by the value that can't have it a second time. */}}
{{- define "web.own" -}}
extraEnv: [DJANGO_ALLOWED_HOSTS, DJANGO_CSRF_TRUSTED_ORIGINS, DJANGO_MEDIA_ROOT, DJANGO_SECRET_KEY, DJANGO_STATIC_ROOT, HOME, PROMETHEUS_MULTIPROC_DIR, PYTHONDONTWRITEBYTECODE, PYTHONUNBUFFERED, USERS]
extraVolumes: [buffers, media, run, scripts, static, tmp, waiting]
extraVolumeMounts: [/opt/ballast, /run/ballast, /srv/media, /srv/static, /tmp]
extraContainers: [nginx, web]
extraInitContainers: [collect, migrate, waiting]
{{- end -}}

{{/* Init containers of the servers' pods. Call: (dict "root" . "uses" USES) */}}
{{- define "web.migrating" -}}
- name: migrate
  {{- include "web.migrate" . | nindent 2 }}
  command: [python3, /opt/ballast/project.py, migrate, {{ .root.Values.application | quote }}, {{ int64 .root.Values.waitSeconds | quote }}]
{{- end -}}

{{- define "web.collecting" -}}
- name: collect
  {{- include "web.container" (merge (dict "secrets" list) .) | nindent 2 }}
    - name: static
      mountPath: /srv/static
  command: [python3, /opt/ballast/project.py, collect, {{ .root.Values.application | quote }}]
{{- end -}}
