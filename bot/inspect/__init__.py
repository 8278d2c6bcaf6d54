"""Image at a digest and platform -> contents: attached bills of materials, package databases in layers, configuration, base."""
