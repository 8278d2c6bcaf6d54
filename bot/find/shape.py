"""How a value that stands in several literals is split among them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.model.pin import Site

_RUNS: Final = re.compile(r"(?P<digits>[0-9]+)|(?P<letters>[A-Za-z]+)|(?P<mark>.)", re.DOTALL)
_MAX_SITES: Final = 16


class NoSplitError(Exception):
    """The value does not fit between the fixed parts, or fits in more than one way; the message says which."""


def shape(text: str) -> str:
    """What kind of text it is: runs of digits as `0`, runs of letters as `a`, anything else as it stands (`3.12.4-slim`: `0.0.0-a`)."""
    return "".join("0" if run["digits"] else "a" if run["letters"] else run["mark"] for run in _RUNS.finditer(text))


def split(whole: str, sites: Sequence[Site]) -> list[str]:
    """The new texts of the sites, so that `before + text` of each, joined, with `after` of the last one, make `whole`.

    Of several ways the one is taken that changes the fewest shapes, then the fewest literals. No number and no word is cut in two that was
    not cut there before. Raises NoSplitError where there is no way, or where two are equally good.
    """
    last = len(sites) - 1
    end = len(whole) - len(sites[last].after)
    if len(sites) > _MAX_SITES or end < 0 or not whole.endswith(sites[last].after):
        raise NoSplitError(_no_way(whole, sites))
    ways = {0: _Way(cost=(0, 0), texts=(), is_tie=False)}
    for number, site in enumerate(sites):
        following = None if number == last else sites[number + 1]
        ways = _continued(ways, site, whole[:end], following)
    if end not in ways:
        raise NoSplitError(_no_way(whole, sites))
    if ways[end].is_tie:
        raise NoSplitError(f"{whole} can be split among {_literals(sites)} in more than one way")
    return list(ways[end].texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """The cheapest way to write a beginning of the value with the first sites."""

    cost: tuple[int, int]
    texts: tuple[str, ...]
    is_tie: bool


def _continued(ways: dict[int, _Way], site: Site, whole: str, next_site: Site | None) -> dict[int, _Way]:
    """The cheapest ways by where they stop, from those up to the site before; the last site stops at the end."""
    following: dict[int, _Way] = {}
    cuts_runs = next_site is not None and _is_one_run(site.text, f"{next_site.before}{next_site.text}")
    for position, way in ways.items():
        start = position + len(site.before)
        if not whole.startswith(site.before, position):
            continue
        for stop in (len(whole),) if next_site is None else range(start, len(whole) + 1):
            text = whole[start:stop]
            if (not text and site.text) or (not cuts_runs and _is_one_run(text, whole[stop:])):
                continue
            cost = (way.cost[0] + (shape(text) != shape(site.text)), way.cost[1] + (text != site.text))
            known = following.get(stop)
            if known is None or cost < known.cost:
                following[stop] = _Way(cost=cost, texts=(*way.texts, text), is_tie=way.is_tie)
            elif cost == known.cost:
                following[stop] = replace(known, is_tie=True)
    return following


def _is_one_run(before: str, after: str) -> bool:
    """Whether a number or a word goes on from the one text to the other."""
    ends, begins = before[-1:], after[:1]
    return (ends.isdecimal() and begins.isdecimal()) or (ends.isalpha() and begins.isalpha())


def _no_way(whole: str, sites: Sequence[Site]) -> str:
    return f"{whole} can't be written with {_literals(sites)}"


def _literals(sites: Sequence[Site]) -> str:
    return " + ".join(f"{site.before}[{site.text}]" for site in sites) + sites[-1].after
