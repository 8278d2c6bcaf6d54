"""Track: the images of the fleet that nobody rebuilds, each taken one step further, and what that says of who is exposed."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import PurePosixPath
from typing import Final

from bot.model.dependency import Release
from bot.model.exposure import Exposure, Known, Step
from bot.model.failure import Failure
from bot.model.fleet import App
from bot.model.image import Digest, ImageReference
from bot.model.pin import Pin
from bot.model.pull_request import PullRequestState
from bot.model.rebuild import BuildPlace, BuiltImage
from bot.model.rebuild_order import (
    BuiltFrom,
    RebuildEvent,
    RebuildKey,
    RebuildPolicy,
    RebuildRow,
    RebuildRule,
    RebuildStanding,
    RebuildStep,
    RebuildTold,
    RebuildWish,
)
from bot.model.run import AppDecisions
from bot.pipeline.attempt import attempt
from bot.pipeline.fleet_parts import FleetParts
from bot.pipeline.propose import Proposed
from bot.pipeline.rebuild_drafts import dockerfile_of, pin_of
from bot.pipeline.rebuild_held import HeldRebuilds, as_asked, held_in
from bot.pipeline.rebuild_looks import Looks
from bot.pipeline.rebuild_orders import unfinished
from bot.pipeline.rebuild_pulls import LOOKED_AFTER, PullRebuilds
from bot.pipeline.rebuild_remedies import REMEDIED, changed_since, places_for, steps_for
from bot.pipeline.rebuild_try import Rebuilding
from bot.pipeline.rebuild_wishes import Builds, Published, wish_again, wish_for
from bot.pipeline.rebuilds import RebuildSources, rebuild
from bot.pipeline.scanned import Scanned
from bot.track.followed import is_base
from bot.track.keys import app_key

_MAX_SAID: Final = 400
_DOCKERFILE: Final = "dockerfile"
_COMMIT: Final = re.compile(r"[0-9a-f]{40}", re.ASCII)
_UNDER_WAY: Final = frozenset({RebuildStanding.WAITS, RebuildStanding.ASKED, RebuildStanding.RUNNING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """Where the rebuilds of a fleet stand."""

    told: tuple[RebuildTold, ...] = ()
    exposures: tuple[Exposure, ...] = ()
    """As they were, with what is being done about them."""


def rebuild_fleet(
    parts: FleetParts, decided: Sequence[tuple[Scanned, AppDecisions]], exposures: Sequence[Exposure], proposed: Proposed, *, now: datetime
) -> Rebuilt:
    """Have those images rebuilt of which the rules say so, and judge what came of it; a dry run says what pull requests would be opened.

    An image that Git has a newer base for stays with whoever is responsible: here is only done what a build does.
    """
    sources = parts.rebuilds
    if sources is None or parts.lineages is None:
        return Rebuilt(exposures=tuple(exposures))
    fleet = _Fleet(parts=parts, sources=sources, decided={app_key(entry.app): (scanned, entry) for scanned, entry in decided}, now=now)
    wishes, unknown = fleet.wishes(exposures)
    by = Rebuilding(
        builder=parts.forge,
        record=parts.ledger.rebuilds,
        judging=replace(sources.judging, places=fleet.places),
        limits=sources.limits,
        now=lambda: now,
    )
    rows = {row.wish.key: row for row in _dispatched(parts, wishes, by)}
    for pulls, wanted in fleet.by_pull_request(wishes, rows.values(), by, proposed):
        rows |= {row.wish.key: row for row in pulls.rows(wanted)}
    told = [*(row.told(sources.limits.tries) for row in rows.values()), *unknown]
    return Rebuilt(told=tuple(told), exposures=tuple(_with(one, told) for one in exposures))


def _dispatched(parts: FleetParts, wishes: Sequence[RebuildWish], by: Rebuilding) -> Sequence[RebuildRow]:
    """Those whose builds are started, or were; none in a dry run."""
    return () if parts.proposer.is_dry_run else rebuild([one for one in wishes if one.rule.policy is not RebuildPolicy.PULL_REQUEST], by)


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
                standing = RebuildStanding.NOT_KNOWN
                unknown.append(RebuildTold(app=app_key(app), repo=app.repo, image=image, base="", standing=standing, said=found))
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
            if rule.policy is not RebuildPolicy.REPORT:
                name = str(image.at(tag=image.tag))
                wish = attempt(name, partial(self._wish, one, image, image.digest, rule))
                yield one.app, name, str(wish) if isinstance(wish, Failure) else wish
        past = self.parts.ledger.rebuilds.of(self.decided)
        for (app, name), events in past.items():
            for key in unfinished(events):
                _, entry = self.decided[app]
                made = attempt(name, partial(self._again, key, events, entry.app))
                yield entry.app, name, str(made) if isinstance(made, Failure) else made

    def by_pull_request(
        self, wishes: Sequence[RebuildWish], rows: Iterable[RebuildRow], by: Rebuilding, proposed: Proposed
    ) -> Iterator[tuple[PullRebuilds, list[RebuildWish]]]:
        """Each app with what of it is to be built by pull requests, or was: by the rules, and as remedies of builds that were started."""
        past = self.parts.ledger.rebuilds.of(self.decided)
        stuck = {row.wish.key: row.wish for row in rows if row.standing is RebuildStanding.NEEDS_SOMEBODY}
        wanted = {one.key: one for one in wishes if one.rule.policy is RebuildPolicy.PULL_REQUEST}
        ended = {end.pull_request.url for end in proposed.closed if end.is_done}
        identity = self.parts.forge.identity() if ended else ()
        repos = {scanned.repo.full_name: _without_open(scanned, ended, identity) for scanned, _ in self.decided.values()}
        held_by_repo = {name: held_in(scanned, self.now - LOOKED_AFTER) for name, scanned in repos.items()}
        for name, (found, entry) in self.decided.items():
            repo = found.repo.full_name
            scanned, held = repos[repo], held_by_repo[repo].get(entry.app.name, {})
            mine = {key: wish for key, wish in (stuck | wanted).items() if key.app == name}
            for key, asked in self._left(name, held, past):
                if key not in mine:
                    again = attempt(key.image, partial(self._again, key, asked, entry.app))
                    mine |= {key: again} if isinstance(again, RebuildWish) else {}
            if mine:
                known = frozenset(key for key in wanted if key.app == name)
                looks = Looks(
                    by=by,
                    decisions=entry,
                    held=held,
                    past=past,
                    wanted_now=known,
                    asked_now=self._asked_now,
                    is_dry_run=self.parts.proposer.is_dry_run,
                )
                pulls = PullRebuilds(parts=self.parts, by=by, entry=scanned, decisions=entry, looks=looks, proposed=proposed)
                yield pulls, list(mine.values())

    def _left(
        self, name: str, held: HeldRebuilds, past: Mapping[tuple[str, str], Sequence[RebuildEvent]]
    ) -> Iterator[tuple[RebuildKey, Sequence[RebuildEvent]]]:
        """What pull requests ask for that are open, or merged and not judged; and builds of late that a pull request may help."""
        since = self.now - LOOKED_AFTER
        events = [event for (app, _), some in past.items() if app == name for event in some]
        judged = {(event.key, event.attempt) for event in events if event.step is RebuildStep.JUDGED}
        for key, some in held.items():
            pull, attempt_ = some[-1].pull, some[-1].rebuild.attempt
            is_merged = pull.merged_at is not None and pull.merged_at >= since and (key, attempt_) not in judged
            if pull.state is PullRequestState.OPEN or is_merged:
                yield key, [as_asked(key, one) for one in some]
        for event in events:
            is_last = not any(one.key == event.key and one.attempt > event.attempt for one in events)
            if event.verdict in REMEDIED and is_last and event.at >= since:
                asked = (one for one in events if one.key == event.key and one.step is RebuildStep.ASKED)
                yield event.key, [*asked, *(as_asked(event.key, one) for one in held.get(event.key, ()))]

    def places(self, wish: RebuildWish, old: BuiltImage) -> tuple[BuildPlace, ...]:
        """The lines that its image is built by, with those marked that were changed since the old one; nothing where they can't be had."""
        scanned, _ = self.decided[wish.app]

        def found() -> tuple[PurePosixPath | None, tuple[BuildPlace, ...]]:
            steps = steps_for(scanned.tree, wish.image, repo=wish.repo)
            dockerfile = dockerfile_of(wish.image, wish.files, steps)
            return (None, ()) if isinstance(dockerfile, str) else (dockerfile, places_for(scanned.tree, [dockerfile], steps))

        made = attempt(f"{wish.repo}: the files that it is built by", found)
        if isinstance(made, Failure):
            return ()
        dockerfile, places = made
        revision = old.revision
        if dockerfile is None or not _COMMIT.fullmatch(revision):
            return places
        then = attempt(
            f"{wish.repo} at {revision[:12]}",
            lambda: places_for(self.parts.open_tree(replace(scanned.repo, head=revision)), [dockerfile], ()),
        )
        # An image may have its base's label: that is no commit of this repo. Nor was a file changed that was not there.
        return places if isinstance(then, Failure) or not then else changed_since(places, then, ImageReference.parse(wish.base).name)

    def _asked_now(self, wish: RebuildWish) -> RebuildWish | None:
        """The wish for the base that Git asks for now; None: that is not known."""
        _, entry = self.decided[wish.app]
        pin = pin_of(entry, wish)
        base = None if pin is None else attempt(wish.base, partial(self._asked, pin))
        if base is None or isinstance(base, Failure) or base.digest is None:
            return None
        key = replace(wish.key, base=base.digest)
        said, step = str(base.at(tag=base.tag)), RebuildStep.ASKED
        asked = RebuildEvent(key=key, attempt=1, step=step, at=self.now, digest=wish.published, said=said)
        made = attempt(key.image, partial(self._again, key, [asked], entry.app))
        return made if isinstance(made, RebuildWish) else None

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
        scanned, entry = self.decided[app_key(app)]
        release = ""
        if rule.policy is RebuildPolicy.DISPATCH and rule.built_from is BuiltFrom.RELEASE:
            found = attempt(f"{app.repo}: its newest release", lambda: self.parts.forge.newest_release(app.repo))
            release = "" if isinstance(found, Failure) else found
        return Builds(
            app=app_key(app),
            repo=app.repo,
            default_branch=scanned.repo.default_branch,
            release=release,
            files_on=partial(_files_on, entry),
        )


def _without_open(scanned: Scanned, ended: Collection[str], identity: Collection[str]) -> Scanned:
    """The repo with those pull requests closed that the bot closed in this run."""
    if not ended:
        return scanned
    by = next(iter(sorted(identity)), None)
    pulls = (
        replace(pull, state=PullRequestState.CLOSED, closed_by=by) if pull.url in ended and pull.state is PullRequestState.OPEN else pull
        for pull in scanned.pull_requests
    )
    return replace(scanned, pull_requests=tuple(pulls))


def _files_on(entry: AppDecisions, base: str) -> tuple[PurePosixPath, ...]:
    """The app's Dockerfiles whose last stage names a base."""
    pins = (one.pin for one in entry.decisions if is_base(one.pin))
    return tuple(dict.fromkeys(pin.file for pin in pins if pin.dependency.name == base and pin.finder == _DOCKERFILE))


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
    if found.standing is RebuildStanding.PROPOSED:
        return replace(one, blocked_by=stuck, unblock=f"merge {found.url}" if found.url else found.said)
    if found.standing in _UNDER_WAY:
        return replace(one, blocked_by=stuck, unblock=f"wait for the build {found.url}".strip() if found.url else found.said)
    # The rest of it stands in the step summary and in JSON.
    said = found.said if len(found.said) <= _MAX_SAID else f"{found.said[:_MAX_SAID]}..."
    return replace(one, blocked_by=stuck, unblock=said)
