"""(path, text) -> pins and skips: one file per format, pure."""
