"""Copies of upstream's images in internal registries: which of them lack what upstream has by now. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.model.base_lag import BaseLag, SameDigest
from bot.model.catalogue import Copy, Made
from bot.versions.successor import numbers_of

_DATED: Final = 1000
"""From here on a first number is a date or a build, beside tags that begin with a smaller one."""


def upstream_of(copies: Sequence[Copy], image: str) -> tuple[str, Copy] | None:
    """What an internal repository is a copy of, by the last entry that fits; None: none is named."""
    for copy in reversed(copies):
        before, star, _ = copy.internal.partition("*")
        if star and image.startswith(before) and len(image) > len(before):
            return copy.upstream.replace("*", image[len(before) :]), copy
        if image == copy.internal:
            return copy.upstream, copy
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood:
    """One digest that a tag of upstream stood at."""

    digest: str
    first_seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What the ledger knows of both."""

    here: frozenset[str]
    """The tags that are listed in the internal repository."""
    there: Mapping[str, datetime]
    """Those of upstream, with their first sight."""
    digest: str = ""
    """Where the internal tag stood last; empty: not known."""
    alike: frozenset[str] = frozenset()
    """All digests that are made of the same layers as that."""
    history: Sequence[Stood] = ()
    """Of upstream's tag, by the time of their first sight."""
    unlisted: str = ""
    """Why upstream's list is not known; empty: it is."""


def lag(blank: BaseLag, sight: Sight, made: Made, may_use: Callable[[str], bool]) -> BaseLag:
    """How far a base in use is behind its upstream. `may_use` tells of the internal tags those that the catalogue does not forbid.

    Releases are counted as tags of the same number of numbers and the same variant (`3.12.4-slim`); of what is built by the organisation
    itself the variant is its own affair, and upstream's plain numbers count.
    """
    if sight.unlisted:
        return replace(blank, same_digest=_unknown_digest(made), unknown=sight.unlisted)
    found = releases_behind(blank, sight, made, may_use)
    return found if made is not Made.COPIED else _digests(found, sight)


def releases_behind(blank: BaseLag, sight: Sight, made: Made, may_use: Callable[[str], bool]) -> BaseLag:
    """The same by releases alone, whatever stands at which digest."""
    in_use = numbers_of(blank.tag)
    if in_use is None:
        return replace(blank, unknown=f"the tag {blank.tag or '(none)'} tells no version")
    numbers, tail = in_use
    here = {tag: one for tag in sight.here if (one := _of_kind(tag, numbers, tail)) is not None and may_use(tag)}
    newest = max(here, key=lambda tag: (here[tag], tag), default=None)
    if newest is None:
        return replace(blank, unknown=f"no tag like {blank.tag} that may be used is listed")
    wanted = "" if made is Made.BUILT and blank.upstream != blank.image else tail
    there = {tag: one for tag in sight.there if (one := _of_kind(tag, numbers, wanted)) is not None}
    missing = sorted((tag for tag, one in there.items() if one > here[newest]), key=lambda tag: there[tag], reverse=True)
    since = min((sight.there[tag] for tag in missing), default=None)
    return replace(blank, newest=newest, missing=tuple(missing), missing_since=since)


def _of_kind(tag: str, like: tuple[int, ...], tail: str) -> tuple[int, ...] | None:
    """The numbers of a tag of the same kind; None: it is of another one."""
    found = numbers_of(tag)
    if found is None or found[1] != tail or len(found[0]) != len(like) or (like[0] < _DATED <= found[0][0]):
        return None
    return found[0]


def _digests(found: BaseLag, sight: Sight) -> BaseLag:
    if not sight.digest or not sight.history:
        which = "the copy's" if not sight.digest else "upstream's"
        why = f"at which digest {which} tag {found.tag} stands is not known"
        return replace(found, same_digest=SameDigest.NOT_KNOWN, unknown="; ".join(filter(None, (found.unknown, why))))
    same = sight.alike | {sight.digest}
    places = [place for place, stood in enumerate(sight.history) if stood.digest in same]
    if not places:
        return replace(found, same_digest=SameDigest.OTHER)
    if places[-1] == len(sight.history) - 1:
        return replace(found, same_digest=SameDigest.YES)
    return replace(found, same_digest=SameDigest.BEHIND, behind_since=sight.history[places[-1] + 1].first_seen)


def _unknown_digest(made: Made) -> SameDigest:
    return SameDigest.NOT_KNOWN if made is Made.COPIED else SameDigest.NOT_ASKED
