{{/*
What an app needs of the systems of its release that it `uses`, as JSON: `env` (with the app's own variables, which win), `mounts`, `volumes` and `waits`
("SYSTEM HOST:PORT" each). What that is, each system says in its SYSTEM.endpoint, see README.md. Not before templates/validate.yaml: the parts of a release complete their
values one after the other. Call: (dict "root" . "uses" LIST "path" "apps.im.uses" "app" "im" "env" LIST), with the app's own entries of the environment, and
"endpoints" MAP with what it can use of its own chart, by name, each as SYSTEM.endpoint would say it;
"plain" true for what is no Spring Boot.
*/}}
{{- define "common.uses" -}}
{{- $call := . -}}
{{- $env := list -}}
{{- $mounts := list -}}
{{- $volumes := list -}}
{{- $waits := list -}}
{{- $by := dict -}}
{{- range $entry := .uses -}}
{{- $use := ternary (dict "name" $entry) $entry (kindIs "string" $entry) -}}
{{- $one := include "common.use" (dict "root" $call.root "use" $use "path" $call.path "app" $call.app "endpoints" (default dict $call.endpoints) "plain" $call.plain) | fromJson -}}
{{- range $variable := $one.env -}}
{{- with get $by .name -}}
{{- fail (printf "%s: %s has %s and %s, which would both set %s: give one of them a prefix ({name: %s, prefix: %s_})" $call.root.Chart.Name $call.path . $use.name $variable.name $use.name (upper $call.app | replace "-" "_" | replace "." "_")) -}}
{{- end -}}
{{- end -}}
{{- range $one.env -}}{{- $_ := set $by .name $use.name -}}{{- end -}}
{{- $env = concat $env $one.env -}}
{{- $mounts = concat $mounts $one.mounts -}}
{{- $volumes = concat $volumes $one.volumes -}}
{{- $waits = concat $waits $one.waits -}}
{{- end -}}
{{- $own := dict -}}
{{- range .env -}}{{- $_ := set $own .name . -}}{{- end -}}
{{- $merged := list -}}
{{- range $env -}}{{- $merged = append $merged (default . (get $own .name)) -}}{{- end -}}
{{- range .env -}}{{- if not (hasKey $by .name) -}}{{- $merged = append $merged . -}}{{- end -}}{{- end -}}
{{- dict "env" $merged "mounts" $mounts "volumes" $volumes "waits" (uniq $waits) | toJson -}}
{{- end -}}

{{/* The same of one entry. */}}
{{- define "common.use" -}}
{{- $use := .use -}}
{{- $path := printf "%s: %s" .root.Chart.Name .path -}}
{{- $siblings := default dict (get .root "Siblings") -}}
{{- $there := keys .endpoints | sortAlpha -}}
{{- range $name, $sibling := $siblings -}}
{{- if include "common.sibling" (dict "root" $.root "system" $name) | fromYaml | dig "host" "" -}}{{- $there = append $there $name -}}{{- end -}}
{{- end -}}
{{- if not (has $use.name $there) -}}
{{- if $there -}}
{{- fail (printf "%s has %s, and this release has %s: write one of them, or enable %s" $path $use.name (join ", " $there) $use.name) -}}
{{- else -}}
{{- fail (printf "%s has %s, and no such system is part of this release: enable it in the umbrella chart beside this one, or write its address into env" $path $use.name) -}}
{{- end -}}
{{- end -}}
{{- $system := default (include "common.sibling" (dict "root" .root "system" $use.name) | fromYaml) (get .endpoints $use.name) -}}
{{- $prefix := default (printf "%s_" (upper $use.name | replace "-" "_")) $use.prefix -}}
{{- $account := default dict $system.account -}}
{{- $user := include "common.use.account" (dict "account" $account "use" $use "path" $path "app" .app) | fromJson -}}
{{- $env := list (dict "name" "HOST" "value" $system.host) (dict "name" "PORT" "value" $system.port) -}}
{{- if $user -}}
{{- $env = append $env (ternary (dict "name" "USERNAME" "value" $user.name) (dict "name" "USERNAME" "secret" $user.secret "key" "username") (hasKey $user "key")) -}}
{{- $env = append $env (dict "name" "PASSWORD" "secret" $user.secret "key" (default "password" $user.key)) -}}
{{- end -}}
{{- range $option, $of := $system.options -}}
{{- $value := include "common.use.option" (dict "of" $of "option" $option "use" $use "path" $path "app" $.app) -}}
{{- if $value -}}{{- $env = append $env (dict "name" (snakecase $option | upper) "value" $value) -}}{{- end -}}
{{- end -}}
{{- range $option, $_ := omit $use "name" "user" "prefix" -}}
{{- if not (hasKey (default dict $system.options) $option) -}}
{{- fail (printf "%s: %s of %s has no effect: remove it" $path $option $use.name) -}}
{{- end -}}
{{- end -}}
{{- range $name, $from := $system.secrets -}}{{- $env = append $env (dict "name" $name "secret" $from.secret "key" $from.key) -}}{{- end -}}
{{- $slug := trimSuffix "_" $prefix | lower | replace "_" "-" -}}
{{- $mounts := list -}}
{{- $volumes := list -}}
{{- with $system.ca -}}
{{- $env = append $env (dict "name" "CA_FILE" "value" (printf "/etc/ballast/uses/%s/ca.crt" $slug)) -}}
{{- $mounts = append $mounts (dict "name" (printf "uses-%s" $slug) "mountPath" (printf "/etc/ballast/uses/%s" $slug) "readOnly" true) -}}
{{- $volumes = append $volumes (dict "name" (printf "uses-%s" $slug) "secret" (dict "secretName" . "defaultMode" 0440 "items" (list (dict "key" "ca.crt" "path" "ca.crt")))) -}}
{{- end -}}
{{- $plain := merge dict (ternary (default dict $account.env) dict (not (empty $user))) (default dict $system.env) -}}
{{- range $name, $value := $plain -}}{{- $env = append $env (dict "name" $name "value" $value) -}}{{- end -}}
{{- $named := list -}}
{{- $names := dict -}}
{{- range $env -}}
{{- $_ := set $names (print $prefix .name) true -}}
{{- $variable := dict "name" (print $prefix .name) -}}
{{- if .secret -}}{{- $_ := set $variable "valueFrom" (dict "secretKeyRef" (dict "name" .secret "key" .key)) -}}
{{- else -}}{{- $_ := set $variable "value" (toString .value | replace "$(" (printf "$(%s" $prefix)) -}}
{{- end -}}
{{- $named = append $named $variable -}}
{{- end -}}
{{- if not (or $use.prefix .plain) -}}
{{- range $name, $value := merge dict (ternary (default dict $account.spring) dict (not (empty $user))) (default dict $system.spring) -}}
{{- if not (hasKey $names $name) -}}{{- $named = append $named (dict "name" $name "value" (toString $value | replace "$(" (printf "$(%s" $prefix))) -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- $waits := list -}}
{{- range ternary $system.waits (list (printf "%s:%v" $system.host $system.port)) (hasKey $system "waits") -}}{{- $waits = append $waits (printf "%s %s" $use.name .) -}}{{- end -}}
{{- dict "env" $named "mounts" $mounts "volumes" $volumes "waits" $waits | toJson -}}
{{- end -}}

{{/* Whom an app logs in as: the user that it names, that is called like it, or that is the only one. JSON; empty where nobody does. */}}
{{- define "common.use.account" -}}
{{- $name := .use.name -}}
{{- $names := list -}}
{{- $users := dict -}}
{{- range .account.users -}}{{- $names = append $names .name -}}{{- $_ := set $users .name . -}}{{- end -}}
{{- $names = uniq $names -}}
{{- $wanted := default (ternary .app (ternary (first (append $names "")) "" (eq (len $names) 1)) (has .app $names)) .use.user -}}
{{- if not .account -}}
{{- if .use.user -}}{{- fail (printf "%s: user of %s has no effect, because nobody logs in there: remove it" .path $name) -}}{{- end -}}
{{- dict | toJson -}}
{{- else if hasKey $users $wanted -}}
{{- get $users $wanted | toJson -}}
{{- else if .use.user -}}
{{- fail (printf "%s: user %s of %s is none of %s.users (%s): add it there, or write another" .path $wanted $name $name (default "there are none" (join ", " $names))) -}}
{{- else if $names -}}
{{- fail (printf "%s: %s has the users %s: write which, {name: %s, user: %s}" .path $name (join ", " $names) $name (first $names)) -}}
{{- else if .account.required -}}
{{- fail (printf "%s: %s lets nobody in without an account, and %s.users is empty: add {name: %s} there" .path $name $name .app) -}}
{{- else -}}
{{- dict | toJson -}}
{{- end -}}
{{- end -}}

{{/* What an entry says beside its name: one of those that there are, the one that is called like the app, the only one, or what the system has for it. */}}
{{- define "common.use.option" -}}
{{- $of := default list .of.of -}}
{{- $said := "" -}}
{{- if hasKey .use .option -}}{{- $said = get .use .option | toString -}}{{- end -}}
{{- if $said -}}
{{- if and (hasKey .of "of") (not (has $said $of)) -}}
{{- fail (printf "%s: %s %s of %s is none of %s.%s (%s): add it there, or write another" .path .option $said .use.name .use.name .of.key (default "there are none" (join ", " $of))) -}}
{{- end -}}
{{- $said -}}
{{- else if has .app $of -}}
{{- .app -}}
{{- else if hasKey .of "default" -}}
{{- .of.default -}}
{{- else if eq (len $of) 1 -}}
{{- first $of -}}
{{- else if $of -}}
{{- fail (printf "%s: %s has several %s (%s): write which, {name: %s, %s: %s}" .path .use.name .of.key (join ", " $of) .use.name .option (first $of)) -}}
{{- end -}}
{{- end -}}

{{/*
The init container that waits until what an app uses takes connections (see _wait.sh.tpl); nothing where there is nothing to wait for. It needs the volume `waiting` that
shows an entry wait.sh. Call: (dict "root" . "waits" LIST "seconds" 600)
*/}}
{{- define "common.waiting" -}}
{{- if .waits -}}
- name: waiting
  {{- include "common.container" (dict "root" .root "image" .root.Values.tools.image "resources" .root.Values.hooks.resources) | nindent 2 }}
  command: [sh, /opt/ballast/wait.sh]
  env:
    {{- include "common.namespaceEnv" . | nindent 4 }}
    {{- include "common.envOf" (dict "WAITS" (join "\n" .waits) "SECONDS_AT_MOST" (int64 .seconds)) | nindent 4 }}
  volumeMounts:
    - name: waiting
      mountPath: /opt/ballast
      readOnly: true
{{- end -}}
{{- end -}}
