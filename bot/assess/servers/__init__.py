"""Servers of scanners, asked of one image by its digest. One file for each, behind the Protocol in `scanner.py`."""
