"""Assess: the contents of an image -> its known holes, and what could not be checked."""
