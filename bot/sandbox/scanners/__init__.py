"""Servers of scanners on loopback, each in the wire format of its vendor, fed with what they shall know."""
