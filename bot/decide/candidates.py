"""The published values of one image or package judged by themselves, outside of any file."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import PurePosixPath
from typing import Final

from bot.decide.case import Detail
from bot.decide.context import PinContext
from bot.decide.decider import Decider
from bot.model.dependency import Dependency, Release
from bot.model.listing import Listing
from bot.model.pin import Pin, Role
from bot.model.rules import Rule
from bot.model.update import Decision, UpdateKind

_WITH_SMALLER: Final = {
    UpdateKind.MAJOR: frozenset({UpdateKind.MAJOR, UpdateKind.MINOR, UpdateKind.PATCH}),
    UpdateKind.MINOR: frozenset({UpdateKind.MINOR, UpdateKind.PATCH}),
    UpdateKind.PATCH: frozenset({UpdateKind.PATCH}),
}


def candidates(
    dependency: Dependency,
    current: str,
    values: Iterable[str],
    *,
    allow: UpdateKind = UpdateKind.MAJOR,
    scheme: str = "docker",
    now: datetime,
) -> Decision:
    """What every published value is to the current one, and which one would be chosen if steps up to `allow` may be taken.

    The chosen one is the value of the verdict, where that is a Propose. Nothing is asked of a registry. `allow` is major, minor or patch.
    """
    pin = Pin(
        file=PurePosixPath(),
        finder="",
        dependency=dependency,
        name=dependency.name,
        scheme=scheme,
        value=current,
        role=Role.IMAGE,
        sites=(),
        line=1,
        column=1,
    )
    releases = tuple(Release(dependency=dependency, value=value) for value in dict.fromkeys(values))
    decider = Decider((Rule(allow=_WITH_SMALLER[allow]),), detail=Detail.ALL)
    return decider.decide(pin, Listing(dependency=dependency, releases=releases), PinContext(repo="", app=""), _as_is, now)


def _as_is(release: Release) -> Release:
    return release
