#!/bin/sh
: "${TOOL:=1.5.0}" # rebuild-bot: datasource=github-tags depName=acme/tool
# renovate: datasource=npm depName=yarn
YARN=${VERSION}
# renovate: datasource=npm depName=yarn
