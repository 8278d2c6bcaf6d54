toolctl upgrade --to 1.32.0 # renovate: github-releases=acme/kubernetes
