"""Dockerfiles as BuildKit reads them, with the place in the file of every character that survives."""
