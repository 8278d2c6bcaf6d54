"""text -> Version: one file per scheme, pure."""
