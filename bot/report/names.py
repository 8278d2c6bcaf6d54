"""Names of files that are made of names of others."""

import re
from hashlib import blake2s
from typing import Final

_NOT_IN_NAMES: Final = re.compile(r"[^a-z0-9]+")
_MOST: Final = 60
"""Characters that people can read; the rest tells names apart."""


def file_stem(key: str) -> str:
    """`acme-shop-1a2b3c4d5e`: the same for the same key, another for another one, and safe on every file system."""
    readable = _NOT_IN_NAMES.sub("-", key.lower())[:_MOST].strip("-")
    return f"{readable or 'x'}-{blake2s(key.encode('utf-8', 'surrogatepass'), digest_size=5).hexdigest()}"
