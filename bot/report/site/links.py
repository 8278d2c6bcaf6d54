"""Where things lead: to pages of the site, and to the web."""

import re
from hashlib import blake2s
from typing import Final
from urllib.parse import quote

_WEB: Final = re.compile(r"https?://[^\s()<>|\"'`\\]{1,1000}")
_NOT_IN_NAMES: Final = re.compile(r"[^a-z0-9]+")
_MOST: Final = 60
"""Characters of a file's name that people can read; the rest tells names apart."""


def web(url: str | None) -> str | None:
    """The address of a web page; None for what is none: nothing else is ever a link."""
    return url if url and _WEB.fullmatch(url) else None


def file_name(key: str) -> str:
    """`acme-shop-1a2b3c4d5e.html`: the same for the same key, another for another one, and safe on every file system."""
    readable = _NOT_IN_NAMES.sub("-", key.lower())[:_MOST].strip("-")
    return f"{readable or 'x'}-{blake2s(key.encode('utf-8', 'surrogatepass'), digest_size=5).hexdigest()}.html"


def app_page(key: str) -> str:
    """From the top of the site."""
    return f"apps/{file_name(key)}"


def filtered(page: str, column: str, value: str) -> str:
    """A page whose table shows only some rows."""
    return f"{page}#{quote(column, safe='')}={quote(value, safe='')}"
