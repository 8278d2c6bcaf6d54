"""pins + releases -> updates and holds: one file per policy, pure."""
