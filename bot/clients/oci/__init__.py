"""A client of OCI registries, in layers: reference -> credentials -> challenge -> client."""
