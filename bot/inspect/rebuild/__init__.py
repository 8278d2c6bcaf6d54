"""Whether a new build of an image brought what it was made for, and if not, why. Pure: two images that were opened, side by side."""
