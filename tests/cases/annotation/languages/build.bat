@echo off
REM renovate: datasource=github-releases depName=acme/cli
set CLI_VERSION=1.2.3
