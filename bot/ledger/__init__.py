"""What was seen when: the append-only record that every clock is read from; one file per subject."""
