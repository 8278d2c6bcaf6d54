"""Track: the images of the fleet that nobody rebuilds, each taken one step further, and what that says of who is exposed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

from bot.model.dependency import Release
from bot.model.exposure import Exposure, Known, Step
from bot.model.failure import Failure
from bot.model.fleet import App
from bot.model.image import Digest, ImageReference
from bot.model.pin import Pin
from bot.model.rebuild_order import (
    BuiltFrom,
    RebuildEvent,
    RebuildKey,
    RebuildPolicy,
    RebuildRule,
    RebuildStanding,
    RebuildTold,
    RebuildWish,
)
from bot.model.run import AppDecisions
from bot.pipeline.attempt import attempt
from bot.pipeline.fleet_parts import FleetParts
from bot.pipeline.rebuild_orders import unfinished
from bot.pipeline.rebuild_try import Rebuilding
from bot.pipeline.rebuild_wishes import Builds, Published, wish_again, wish_for
from bot.pipeline.rebuilds import RebuildSources, rebuild
from bot.pipeline.scanned import Scanned
from bot.track.followed import is_base
from bot.track.keys import app_key

_MAX_SAID: Final = 400
_UNDER_WAY: Final = frozenset({RebuildStanding.WAITS, RebuildStanding.ASKED, RebuildStanding.RUNNING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """Where the rebuilds of a fleet stand."""

    told: tuple[RebuildTold, ...] = ()
    exposures: tuple[Exposure, ...] = ()
    """As they were, with what is being done about them."""


def rebuild_fleet(
    parts: FleetParts, decided: Sequence[tuple[Scanned, AppDecisions]], exposures: Sequence[Exposure], *, now: datetime
) -> Rebuilt:
    """Have those images rebuilt of which the rules say so, and judge what came of it. Nothing in a dry run.

    An image that Git has a newer base for stays with whoever is responsible: here is only done what a build does.
    """
    sources = parts.rebuilds
    if sources is None or parts.proposer.is_dry_run or parts.lineages is None:
        return Rebuilt(exposures=tuple(exposures))
    fleet = _Fleet(parts=parts, sources=sources, decided={app_key(entry.app): (scanned, entry) for scanned, entry in decided}, now=now)
    wishes, unknown = fleet.wishes(exposures)
    by = Rebuilding(
        builder=parts.forge,
        record=parts.ledger.rebuilds,
        open=sources.open,
        assess=sources.assess,
        limits=sources.limits,
        now=lambda: now,
    )
    told = [*(row.told(sources.limits.tries) for row in rebuild(wishes, by)), *unknown]
    return Rebuilt(told=tuple(told), exposures=tuple(_with(one, told) for one in exposures))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fleet:
    parts: FleetParts
    sources: RebuildSources
    decided: Mapping[str, tuple[Scanned, AppDecisions]]
    """By what the ledger calls the app."""
    now: datetime

    def wishes(self, exposures: Sequence[Exposure]) -> tuple[list[RebuildWish], list[RebuildTold]]:
        """What is to be rebuilt or judged, and what of that is not known."""
        wishes: dict[RebuildKey, RebuildWish] = {}
        unknown: list[RebuildTold] = []
        for app, image, found in self._all(exposures):
            if isinstance(found, str):
                unknown.append(
                    RebuildTold(app=app_key(app), repo=app.repo, image=image, base="", standing=RebuildStanding.NOT_KNOWN, said=found)
                )
            elif found is not None:
                wishes.setdefault(found.key, found)
        return list(wishes.values()), unknown

    def _all(self, exposures: Sequence[Exposure]) -> Iterator[tuple[App, str, RebuildWish | str | None]]:
        for one in exposures:
            built = one.built
            image = None if built is None or built.has_fix is not Known.NO or one.waiting_for is not Step.REBUILT else built.reference
            if image is None or image.tag is None or image.digest is None or app_key(one.app) not in self.decided:
                continue
            rule = self.sources.rule_for(one.app.repo, image)
            if rule.policy is RebuildPolicy.DISPATCH:
                name = str(image.at(tag=image.tag))
                wish = attempt(name, partial(self._wish, one, image, image.digest, rule))
                yield one.app, name, str(wish) if isinstance(wish, Failure) else wish
        past = self.parts.ledger.rebuilds.of(self.decided)
        for (app, name), events in past.items():
            for key in unfinished(events):
                _, entry = self.decided[app]
                made = attempt(name, partial(self._again, key, events, entry.app))
                yield entry.app, name, str(made) if isinstance(made, Failure) else made

    def _again(self, key: RebuildKey, events: Sequence[RebuildEvent], app: App) -> RebuildWish | str:
        image = ImageReference.parse(key.image)
        rule = self.sources.rule_for(app.repo, image)
        return wish_again(key, events, self._builds(app, rule), rule, self.sources.chains)

    def _wish(self, one: Exposure, image: ImageReference, digest: Digest, rule: RebuildRule) -> RebuildWish | str | None:
        _, entry = self.decided[app_key(one.app)]
        pins = (decision.pin for decision in entry.decisions)
        pin = next((pin for pin in pins if str(pin.dependency) == one.dependency and is_base(pin)), None)
        if pin is None:
            return None
        base = attempt(one.dependency, lambda: self._asked(pin))
        lineage = self.parts.lineages.of(image) if self.parts.lineages is not None else None
        if isinstance(base, Failure):
            return str(base)
        published = Published(
            image=image.at(tag=image.tag), digest=digest, base=base, lineage=None if isinstance(lineage, Failure) else lineage
        )
        return wish_for(published, self._builds(one.app, rule), rule, self.sources.chains)

    def _asked(self, pin: Pin) -> ImageReference:
        """What Git asks for, at the digest that it stands at. Raises ToldError."""
        name = ImageReference.parse(pin.dependency.name)
        if pin.digest is not None:
            return name.at(tag=pin.value or None, digest=Digest(pin.digest))
        release = self.parts.watcher.describe(Release(dependency=pin.dependency, value=pin.value or "latest"))
        return name.at(tag=pin.value or "latest", digest=None if release.digest is None else Digest(release.digest))

    def _builds(self, app: App, rule: RebuildRule) -> Builds:
        scanned, _ = self.decided[app_key(app)]
        release = ""
        if rule.policy is RebuildPolicy.DISPATCH and rule.built_from is BuiltFrom.RELEASE:
            found = attempt(f"{app.repo}: its newest release", lambda: self.parts.forge.newest_release(app.repo))
            release = "" if isinstance(found, Failure) else found
        return Builds(app=app_key(app), repo=app.repo, default_branch=scanned.repo.default_branch, release=release)


def _with(one: Exposure, told: Sequence[RebuildTold]) -> Exposure:
    """The exposure with what is being done about its image."""
    image = None if one.built is None else one.built.reference
    if image is None or one.waiting_for is not Step.REBUILT:
        return one
    name = str(image.at(tag=image.tag))
    found = next((row for row in told if row.app == app_key(one.app) and row.image == name), None)
    if found is None or found.standing is RebuildStanding.REPORTED:
        return one
    tries = f"; try {found.attempt} of {found.tries}" if found.attempt else ""
    since = f" since {found.since:%Y-%m-%d}" if found.since else ""
    stuck = f"{one.blocked_by}; {found.standing.value}{since}{tries}".removeprefix("; ")
    if found.standing in _UNDER_WAY:
        return replace(one, blocked_by=stuck, unblock=f"wait for the build {found.url}".strip() if found.url else found.said)
    # The rest of it stands in the step summary and in JSON.
    said = found.said if len(found.said) <= _MAX_SAID else f"{found.said[:_MAX_SAID]}..."
    return replace(one, blocked_by=stuck, unblock=said)
