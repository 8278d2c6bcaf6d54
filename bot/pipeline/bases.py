"""Inspect, assess: the images that apps run or build on, whether anything moves or not."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from bot.assess.who_must_move import who_must_move
from bot.clients.workers import Workers
from bot.model.assessment import AssessedImage
from bot.model.base_state import BaseFix, BaseState, Lag
from bot.model.dependency import OCI
from bot.model.failure import Failure
from bot.model.image import ImageReference, Platform
from bot.model.pin import Pin, Role
from bot.model.run import AppDecisions
from bot.model.update import Decision, Hold, Propose, UpToDate, image_in_use, last_day
from bot.pipeline.attempt import attempt
from bot.pipeline.parts import Parts
from bot.pipeline.standing import standing_of
from bot.pipeline.steps import ImageSteps
from bot.track.keys import written

_WORKERS: Final = 8
_ROLES: Final = frozenset({Role.FINAL_BASE, Role.ONBUILD_BASE, Role.IMAGE})
"""What ends up in production: a build stage's packages do not."""
_LATER: Final = "it waits its turn: only so many images are opened anew in one run (assess.images_per_run)"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """One image in use, and the newest that its line has become; where the rules of apps differ, by the one that lets most through."""

    pin: Pin
    image: ImageReference
    newest: ImageReference | None
    held: str = ""
    """Why that one may not be taken yet."""
    apps: list[str] = field(default_factory=list)

    @property
    def platform(self) -> Platform | None:
        return Platform.parse(self.pin.platform) if self.pin.platform else None


def base_states(parts: Parts, apps: Iterable[AppDecisions], *, most_new: int, now: datetime) -> list[BaseState]:
    """The state of each distinct image in use, by name; those that were never opened are opened `most_new` at a time.

    What a publisher closed since is left in the ledger. An image that can't be opened is a state with its problem.
    """
    steps = parts.steps
    if steps is None:
        return []
    seen = _seen(apps)
    later = _later(parts, seen, most_new)
    done = 0

    def state(one: _Seen) -> BaseState:
        nonlocal done
        found = replace(_blank(one), problem=_LATER, is_later=True) if id(one) in later else _state(one, steps, now)
        done += 1
        parts.progress("inspect", done, len(seen))
        return found

    with Workers(_WORKERS, "bases") as pool:
        states = list(pool.map(state, seen))
    for one in seen:
        if id(one) not in later:
            parts.ledger.base_fixes.record(str(one.pin.dependency), _fixes(one, steps, now))
    fixes = parts.ledger.base_fixes.of(state.dependency for state in states)
    return [replace(state, lag=Lag.of(fixes[state.dependency])) for state in states]


def _seen(apps: Iterable[AppDecisions]) -> list[_Seen]:
    found: dict[tuple[str, ImageReference, str | None], _Seen] = {}
    for entry in apps:
        for decision in entry.decisions:
            pin, image = decision.pin, image_in_use(decision.pin)
            if image is None or pin.role not in _ROLES or pin.dependency.datasource != OCI:
                continue
            key = (str(pin.dependency), image, pin.platform)
            here = _Seen(pin=pin, image=image, newest=_newest(decision, image), held=_held(decision), apps=[entry.app.name])
            before = found.get(key, here)
            names = [*dict.fromkeys([*before.apps, *here.apps])]
            found[key] = replace(min(before, here, key=_strictness), apps=names)
    return sorted(found.values(), key=lambda one: (str(one.pin.dependency), str(one.image)))


def _strictness(one: _Seen) -> int:
    """From a newer one that may be taken, over one that may not yet, to none, and to what is not known."""
    if one.newest is None:
        return 3
    if one.newest == one.image:
        return 2
    return 1 if one.held else 0


def _newest(decision: Decision, image: ImageReference) -> ImageReference | None:
    """What the line has become: what is proposed or waits, else the image itself; None: not known."""
    match decision.verdict:
        case Propose(update=update) | Hold(update=update):
            return update.new_image
        case UpToDate():
            return image
        case _:
            return None


def _held(decision: Decision) -> str:
    """Why the newest may not be taken yet; empty: it may."""
    match decision.verdict:
        case Hold(policy=policy, until=until):
            return f"held by the rule on {policy}" + (f" until {last_day(until)}" if until else "")
        case _:
            return ""


def _later(parts: Parts, seen: Sequence[_Seen], most_new: int) -> set[int]:
    """Those whose turn it is not: never opened, and behind others that never were."""
    opened = parts.ledger.contents.opened()
    digests = parts.ledger.sightings.latest_digests(OCI, (one.image.name for one in seen))
    new = [one for one in seen if str(one.image.digest or digests.get((one.image.name, one.image.tag or ""), "")) not in opened]
    return {id(one) for one in new[most_new:]}


def _state(one: _Seen, steps: ImageSteps, now: datetime) -> BaseState:
    image = attempt(str(one.image), lambda: steps.image(one.image, one.platform))
    if isinstance(image, Failure):
        return replace(_blank(one), problem=image.what)

    def opened(reference: ImageReference) -> AssessedImage | None:
        found = attempt(str(reference), lambda: steps.image(reference, one.platform))
        return None if isinstance(found, Failure) else found

    standing = replace(standing_of(image, one.newest, opened), held=one.held)
    return replace(
        _blank(one),
        digest=image.contents.digest,
        system=image.contents.operating_system,
        built_at=image.contents.created_at,
        said=str(image.assessment),
        assessment=image.assessment,
        not_read=image.contents.not_read,
        moves=who_must_move(standing, now.date()),
    )


def _blank(one: _Seen) -> BaseState:
    return BaseState(dependency=str(one.pin.dependency), value=written(one.pin.value, one.pin.digest), apps=tuple(one.apps))


def _fixes(one: _Seen, steps: ImageSteps, now: datetime) -> Iterator[BaseFix]:
    """The holes that the newest image has closed, where it is told since when they could be."""
    newest = one.newest
    if newest is None or newest == one.image:
        return
    step = attempt(str(newest), lambda: steps.between(one.image, newest, one.platform))
    if isinstance(step, Failure) or step.comparison.new.created_at is None:
        return
    built = step.comparison.new.created_at
    for closed in step.holes.closed:
        known = [hole.fix_known_since for hole in closed if hole.fix_known_since is not None]
        # Reproducible builds, and liars, say that an image was built before the fix that it holds: that tells nothing of its publisher.
        if known and min(known) <= built <= now:
            yield BaseFix(hole=closed[0].id, fix_known_since=min(known), built_at=built)
