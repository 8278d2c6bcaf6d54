"""The fleet's own graph: which apps build on what other apps publish, and who waits for whose new build."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from graphlib import CycleError, TopologicalSorter
from typing import Final, NamedTuple

from bot.model.dependency import OCI
from bot.model.fleet import App
from bot.model.pin import Role
from bot.model.run import AppDecisions
from bot.model.update import Propose, Update

_BUILDS_ON: Final = frozenset({Role.FINAL_BASE})
"""What of an app reaches the image that it publishes, as its files say."""


class Circle(NamedTuple):
    """Apps that build on each other: none of them waits for another."""

    apps: tuple[str, ...]
    """Their names, in order; the last one and the first are neighbours as well."""

    def __str__(self) -> str:
        return " - ".join((*self.apps, self.apps[0]))


class Key(NamedTuple):
    """An app, wherever it is."""

    repo: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetOrder:
    """Who builds on whom."""

    publishers: Mapping[str, App]
    """By image name in normal form; an image that several apps claim is nobody's."""
    builders: Mapping[Key, frozenset[Key]]
    """By app: those that build on what it publishes."""
    circles: tuple[Circle, ...]
    _pending: Mapping[Key, Update] = field(repr=False)
    _in_circles: frozenset[Key] = field(repr=False)

    @classmethod
    def of(cls, apps: Sequence[AppDecisions]) -> "FleetOrder":
        """The graph by what apps publish (a claim of their builds, or of the fleet file) and what their files pin."""
        publishers = _publishers(entry.app for entry in apps)
        bases = {_key(entry.app): frozenset(_bases(entry, publishers)) for entry in apps}
        builders: dict[Key, set[Key]] = {}
        for builder, builds_on in bases.items():
            for base in builds_on:
                builders.setdefault(base, set()).add(builder)
        circles = _circles({key: set(builds_on) for key, builds_on in bases.items() if builds_on})
        return cls(
            publishers=publishers,
            builders={key: frozenset(found) for key, found in builders.items()},
            circles=tuple(Circle(apps=tuple(key.name for key in circle)) for circle in circles),
            _pending={_key(entry.app): update for entry in apps if entry.app.images and (update := _pending(entry)) is not None},
            _in_circles=frozenset(key for circle in circles for key in circle),
        )

    def built_on_by(self, app: App) -> int:
        """How many apps of the fleet build on what an app publishes."""
        return len(self.builders.get(_key(app), ()))

    def awaited(self, app: App, update: Update, *, merged_at: Callable[[App], datetime | None]) -> str | None:
        """Why a new build of the image that an update takes is to come; None: nothing is known to come.

        An app publishes anew once it has taken its own update: that is not merged, or it was (`merged_at`) after the release was seen.
        """
        # A manifest that runs the image is no build on it: a release waits for nobody on its way to production.
        is_base = update.pin.dependency.datasource == OCI and update.pin.role in _BUILDS_ON
        publisher = self.publishers.get(update.pin.dependency.name) if is_base else None
        if publisher is None or _key(publisher) == _key(app) or {_key(publisher), _key(app)} <= self._in_circles:
            return None
        place = f"{publisher.name} ({publisher.repo})"
        pending = self._pending.get(_key(publisher))
        if pending is not None:
            return f"{place}, which publishes it, takes {pending.pin.name} {pending.release.value} first"
        merged, seen = merged_at(publisher), update.release.first_seen
        if merged is None or seen is None or merged <= seen:
            return None
        return f"{place} took its own update on {merged:%Y-%m-%d}, and publishes it anew"


def _publishers(apps: Iterable[App]) -> dict[str, App]:
    claims: dict[str, dict[Key, App]] = {}
    for app in apps:
        for image in app.images:
            claims.setdefault(image, {})[_key(app)] = app
    return {image: next(iter(claimed.values())) for image, claimed in claims.items() if len(claimed) == 1}


def _bases(entry: AppDecisions, publishers: Mapping[str, App]) -> Iterator[Key]:
    """The apps whose images an app builds its own on."""
    for decision in entry.decisions:
        pin = decision.pin
        publisher = publishers.get(pin.dependency.name) if pin.dependency.datasource == OCI and pin.role in _BUILDS_ON else None
        if publisher is not None and _key(publisher) != _key(entry.app):
            yield _key(publisher)


def _pending(entry: AppDecisions) -> Update | None:
    """An update that an app has not taken and that makes its image another one."""
    updates = (decision.verdict.update for decision in entry.decisions if isinstance(decision.verdict, Propose))
    return next((update for update in updates if update.pin.role in _BUILDS_ON), None)


def _circles(graph: dict[Key, set[Key]]) -> list[tuple[Key, ...]]:
    """Each circle once; an app of several is in one of them."""
    found: list[tuple[Key, ...]] = []
    while True:
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            circle: list[Key] = error.args[1][:-1]
            found.append(tuple(circle))
            graph = {key: builds_on - set(circle) for key, builds_on in graph.items() if key not in circle}
        else:
            return found


def _key(app: App) -> Key:
    return Key(repo=app.repo, name=app.name)
