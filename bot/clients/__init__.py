"""The wire level, below all stages."""
