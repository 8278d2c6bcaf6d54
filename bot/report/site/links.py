"""Where things lead: to pages of the site, and to the web."""

import re
from typing import Final
from urllib.parse import quote

from bot.report.names import file_stem

_WEB: Final = re.compile(r"https?://[^\s()<>|\"'`\\]{1,1000}")


def web(url: str | None) -> str | None:
    """The address of a web page; None for what is none: nothing else is ever a link."""
    return url if url and _WEB.fullmatch(url) else None


def file_name(key: str) -> str:
    """Of a page: `acme-shop-1a2b3c4d5e.html`."""
    return f"{file_stem(key)}.html"


def app_page(key: str) -> str:
    """From the top of the site."""
    return f"apps/{file_name(key)}"


def filtered(page: str, column: str, value: str) -> str:
    """A page whose table shows only some rows."""
    return f"{page}#{quote(column, safe='')}={quote(value, safe='')}"
