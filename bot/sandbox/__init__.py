"""An embedded GitHub and OCI registry on loopback: the demo, the tests, a safe place to try a configuration."""
