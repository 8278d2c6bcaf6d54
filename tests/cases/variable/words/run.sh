#!/bin/sh
set -e
koalaman/shellcheck:v0.9.0 "$@"
docker run --rm -it \
  --entrypoint sh \
  "ghcr.io/acme/cli:2.0@sha256:6e491c02882ac36e3bcaaac4d151d4b2793135d4482adf227b1b730cdd90b46d" -c 'x' # ghcr.io/acme/no:1
docker pull alpine:3.18 | tee log; podman run alpine
X=$(docker run ghcr.io/acme/sub:1.0)
ssh host:22 "docker run -d nginx:1.25"
cat <<EOF
image: ghcr.io/acme/heredoc:1.0
EOF
kind load docker-image ghcr.io/acme/local:dev
