"""Months of a made-up fleet, played through the real code night by night, and held against what its author knows to be true."""
