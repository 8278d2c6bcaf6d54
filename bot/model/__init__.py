"""The words of the field as frozen values: standard library only, no I/O."""
