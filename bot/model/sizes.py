"""Sizes as people read them."""

from typing import Final

_UNITS: Final = (("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000))


def in_words(size_bytes: int) -> str:
    """`1.4 MB`: decimal units, one digit behind the point; below 1,000 the bytes themselves."""
    for unit, factor in _UNITS:
        if size_bytes >= factor:
            return f"{size_bytes / factor:.1f} {unit}"
    return f"{size_bytes} byte{'' if size_bytes == 1 else 's'}"
