"""Lists that come in pages, each with a Link header to the next (RFC 8288)."""

import re
from collections.abc import Callable, Iterator
from typing import Final

import httpx

from bot.clients.address import without_query
from bot.clients.http import Answer

_LINK: Final = re.compile(r'<([^<>]{1,4000})>\s*;[^,]{0,200}\brel="?next"?', re.ASCII)
_MAX_HEADER_CHARACTERS: Final = 5000


class PagingError(Exception):
    """The pages lead nowhere, elsewhere, in a circle or on for ever; the message says which and where."""


def pages(url: str, ask: Callable[[str], Answer], *, max_pages: int) -> Iterator[Answer]:
    """What `ask` says of `url` and of all that the Link headers lead to: on the same host only, each address once. Raises PagingError."""
    seen: set[str] = set()
    while url not in seen:
        seen.add(url)
        answer = ask(url)
        yield answer
        link = next_page(answer)
        if link is None:
            return
        url = _joined(answer, link)
        if len(seen) >= max_pages:
            raise PagingError(f"{answer}: more than {max_pages:,} pages, which are not read. Report it to the server's operators.")
    raise PagingError(f"GET {without_query(url)}: its Link header leads in a circle. Report it to the server's operators.")


def next_page(answer: Answer) -> str | None:
    """The address of the next page as its Link header writes it; None: this is the last one."""
    for header in answer.headers.get_list("link"):
        found = _LINK.search(header[:_MAX_HEADER_CHARACTERS])
        if found:
            return found[1]
    return None


def _joined(answer: Answer, link: str) -> str:
    """The link as an address on the host that was asked."""
    asked = httpx.URL(answer.url)
    try:
        target = asked.join(link)
    except httpx.InvalidURL as error:
        raise PagingError(f"{answer}: its Link header holds no address. Report it to the server's operators.") from error
    if target.host != asked.host or target.scheme not in {"http", "https"}:
        elsewhere = without_query(str(target))[:200]
        raise PagingError(f"{answer}: its Link header leads elsewhere ({elsewhere}) and is not followed.")
    # Behind a proxy that ends TLS, servers write their inner scheme and port: what was asked stands.
    return str(target.copy_with(scheme=asked.scheme, port=asked.port))
