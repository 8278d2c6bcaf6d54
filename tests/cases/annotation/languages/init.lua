-- renovate: datasource=github-tags depName=acme/plugin
require("plugins").add("acme/plugin", "v3.1.0")
