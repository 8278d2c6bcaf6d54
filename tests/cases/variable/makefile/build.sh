#!/bin/sh
: "${APKO_IMAGE:=ghcr.io/acme/apko:0.14.0@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}"
# : "${OLD:=ghcr.io/acme/old:0.1.0}"
TOOL='ghcr.io/acme/tool:2.1.0'
readonly OTHER=ghcr.io/acme/other:1.9.0; echo
docker run --rm ghcr.io/acme/run:1.0
koalaman/shellcheck:v0.9.0 "$@"
