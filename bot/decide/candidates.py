"""The published values of one image or package judged by themselves, outside of any file."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Final

from bot.decide.case import Detail
from bot.decide.context import PinContext
from bot.decide.decider import Decider
from bot.model.dependency import Dependency, Release
from bot.model.listing import Listing, NotListedError
from bot.model.pin import Pin, Role
from bot.model.rules import ApprovedBase, Rule
from bot.model.update import Decision, UpdateKind

_WITH_SMALLER: Final = {
    UpdateKind.MAJOR: frozenset({UpdateKind.MAJOR, UpdateKind.MINOR, UpdateKind.PATCH}),
    UpdateKind.CYCLE: frozenset({UpdateKind.CYCLE, UpdateKind.MINOR, UpdateKind.PATCH}),
    UpdateKind.MINOR: frozenset({UpdateKind.MINOR, UpdateKind.PATCH}),
    UpdateKind.PATCH: frozenset({UpdateKind.PATCH}),
}


NOWHERE: Final = PinContext(repo="", app="")


def candidates(
    dependency: Dependency,
    current: str,
    values: Iterable[str],
    *,
    allow: UpdateKind | None = UpdateKind.MAJOR,
    rules: Sequence[Rule] = (),
    approved_bases: Sequence[ApprovedBase] = (),
    scheme: str = "docker",
    now: datetime,
) -> Decision:
    """What every published value is to the current one, and which one would be chosen by the rules.

    The chosen one is the value of the verdict, where that is a Propose. Nothing is asked of a registry; cooldowns don't count, for nobody
    knows how old these values are. `allow` stands above the rules: major, minor and patch go by the numbers alone, cycle by
    the cycles of a product, the newest of the one in use first; None: as the rules have it.
    """
    pin = pin_of(dependency, current, scheme=scheme)
    releases = tuple(Release(dependency=dependency, value=value) for value in dict.fromkeys(values))
    asked = [*rules, Rule(cooldown=timedelta(), digest_cooldown=timedelta()), *up_to(allow)]
    decider = judging(Decider(asked, approved_bases, detail=Detail.ALL), allow)
    listed = {release.value for release in releases}

    def describe(release: Release) -> Release:
        if release.value not in listed:
            raise NotListedError(f"{release.value} is not among the values given")
        return release

    return decider.decide(pin, Listing(dependency=dependency, releases=releases), NOWHERE, describe, now)


def judging(decider: Decider, allow: UpdateKind | None) -> Decider:
    """The decider for a largest step that may be taken: major, minor and patch are told by the numbers, whatever the product's cycles."""
    return decider if allow in {None, UpdateKind.CYCLE} else decider.by_numbers()


def up_to(allow: UpdateKind | None) -> tuple[Rule, ...]:
    """The rule that lets steps out up to this one; none for None."""
    return () if allow is None else (Rule(allow=_WITH_SMALLER[allow]),)


def pin_of(dependency: Dependency, current: str, *, scheme: str = "docker") -> Pin:
    """A pin of the value that stands in no file."""
    return Pin(
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
