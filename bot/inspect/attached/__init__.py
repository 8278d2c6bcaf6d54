"""Bills of materials that are attached to an image: where they are found, how they are wrapped, what they declare."""
