"""The dashboard: one value -> the files of a static site. Works from a disk and on GitHub Pages; nothing is loaded from elsewhere."""
