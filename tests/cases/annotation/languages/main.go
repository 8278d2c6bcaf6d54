package main

const (
	// renovate: datasource=github-releases depName=acme/cli
	cliVersion = "v1.2.3"
	pattern    = `# renovate: datasource=(?<datasource>[a-z-]+) depName=(?<depName>\S+)`
)

func main() {
	// renovate: datasource=docker packageName=kindest/node
	flag.StringVar(&image, "image", "kindest/node:v1.35.1", "the node's image")
	run("acme", "1.4.0") // rebuild-bot: datasource=github-tags lookupName=acme/runner
}
