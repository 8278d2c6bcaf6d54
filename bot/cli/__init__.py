"""argv -> one use-case -> exit code; one file per command; no logic."""
