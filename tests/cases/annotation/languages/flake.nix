{
  # renovate: datasource=github-tags depName=acme/tool extractVersion=^v(?<version>.+)$
  version = "1.2.3";
  # renovate: datasource=github-releases depName=acme/crds
  src = fetchurl { url = "https://github.com/acme/crds/releases/download/v0.7.1/crds-0.7.1.yaml"; };
  # renovate: image=ghcr.io/acme/agent
  agentTag = "2.0.1";
}
