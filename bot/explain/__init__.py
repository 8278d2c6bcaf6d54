"""update -> notes: changelog, image comparison; templates."""
