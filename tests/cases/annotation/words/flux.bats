  # renovate: datasource=github-releases depName=flux packageName=acme/flux2
  TOOL_VERSION=v0.31.4
