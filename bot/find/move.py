"""(pin, another image) -> the edit that writes that image in its place. Pure.

Finders tell where tag and digest stand, not the name. The name is believed to stand right before them only where the text says just what
the pin is called: then the whole reference is one literal. Whatever is put together of several (a variable, `repository:` and `tag:`) is
refused.
"""

import re
from typing import Final

from bot.find.edit import CannotEditError, as_written, checked
from bot.model.edit import Edit
from bot.model.image import ImageReference
from bot.model.pin import Pin, Site, SiteKind, Span

_GOES_ON: Final = re.compile(r"[\w./:@${}%-]")
"""A character before a name that would make it a part of something longer."""
_SIGNS: Final = {SiteKind.TAG: ":", SiteKind.DIGEST: "@"}


def moving_edit(pin: Pin, text: str, new: ImageReference) -> Edit:
    """What is replaced in the text of the pin's file so that it names another image.

    Raises CannotEditError where the reference does not stand there in one piece.
    """
    sites = tuple(sorted(pin.sites, key=lambda site: site.span))
    kinds = [site.kind for site in sites]
    if kinds not in ([SiteKind.NAME], [SiteKind.TAG], [SiteKind.DIGEST], [SiteKind.TAG, SiteKind.DIGEST]):
        raise _in_pieces(pin)
    if any(site.before or site.after for site in sites) or len({site.file for site in sites}) > 1:
        raise _in_pieces(pin)
    span = Span(_start(pin, sites[0], text), sites[-1].span.end)
    old = span.of(text)
    if old != _whole(pin, sites):
        raise _in_pieces(pin)
    written = f"{new.familiar}{f':{new.tag}' if new.tag else ''}{f'@{new.digest}' if new.digest else ''}"
    checked(written)
    return Edit(file=sites[0].file or pin.file, span=span, old=old, new=as_written(sites[0], written))


def _start(pin: Pin, first: Site, text: str) -> int:
    if first.kind is SiteKind.NAME:
        return first.span.start
    start = first.span.start - len(pin.name) - 1
    if start < 0 or (start and _GOES_ON.match(text[start - 1])):
        raise _in_pieces(pin)
    return start


def _whole(pin: Pin, sites: tuple[Site, ...]) -> str:
    if sites[0].kind is SiteKind.NAME:
        return sites[0].text
    return pin.name + "".join(f"{_SIGNS[site.kind]}{site.text}" for site in sites)


def _in_pieces(pin: Pin) -> CannotEditError:
    return CannotEditError(f"{pin.name} is not written there in one piece, so that another image can't be put in its place")
