"""Readers that give text with its exact place: one file per syntax, shared by the formats."""
