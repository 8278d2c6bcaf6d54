"""Reports of scanners that ran elsewhere: one file for each form, all of them into the same value."""
