#!/bin/bash
# {{- define "common.certificates.sh" }}
# shellcheck shell=bash
# Init container of the prepare hook, in the server's image (bash, openssl): a certificate authority and one server certificate, valid for ten
# years. The authority's key is thrown away. Whether they are used is decided by prepare.sh: an existing Secret is never touched. So is a failure,
# which it finds in tls/error: helm shows no log of an init container. Common names may have 64 characters.
set -eu
cd "$1"
mkdir -p tls
cd tls
umask 077
printf 'basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\nsubjectAltName=%s\n' "$ALT_NAMES" >extensions
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj "/CN=$COMMON_NAME CA" \
  -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign -keyout ca.key -out ca.crt 2>error &&
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$COMMON_NAME" -keyout tls.key -out tls.csr 2>error &&
  openssl x509 -req -in tls.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 3650 -extfile extensions -out tls.crt 2>error &&
  rm -f error
rm -f ca.key ca.srl tls.csr extensions
# {{- end }}
