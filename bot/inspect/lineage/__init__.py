"""Which base a published image stands on: detectors, one file each, and their judge."""
