CHARTS = {
    # renovate: github-releases=acme/q
    "q": "v0.5.0",
}
