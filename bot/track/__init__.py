"""pull requests, built images, deployments -> ledger -> exposures."""
