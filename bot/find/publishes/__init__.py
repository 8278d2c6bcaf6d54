"""What a repo's own builds publish: a reader for each way of building."""
