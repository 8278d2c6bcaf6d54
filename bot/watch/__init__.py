"""dependency -> releases: one file per datasource."""
