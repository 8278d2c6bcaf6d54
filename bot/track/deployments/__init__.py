"""What runs, or is written to run, by one source each: text -> deployments, and what could not be read. Pure."""
