"""Decide: what the stage before held, for the pins whose rule lets them wait for it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.decide.context import PinContext
from bot.decide.stage_before import Span, StageBefore
from bot.ledger.uses import Unread
from bot.model.fleet import Phase
from bot.model.pin import Pin
from bot.model.use import KnownFrom, KnownUse, Place, StagedUse
from bot.pipeline.parts import Parts
from bot.pipeline.scanned import Scanned
from bot.pipeline.uses import digests_of_tags, name_in_use, unread_in, uses_in, value_in_use
from bot.versions import SCHEMES

Pins = Sequence[tuple[Pin, PinContext]]
_READ_WITHIN: Final = timedelta(days=30)
"""A repo that was not read for longer is archived, gone, or out of reach for good: nobody waits for what it had."""
_Held = Mapping[tuple[str, str], Mapping[str, Sequence[Span]]]
"""By app and what is in use: by stage, what was there."""


def with_stages_before(parts: Parts, scanned: Sequence[Scanned], pins: Pins, *, now: datetime) -> Pins:
    """The pins with what the stage before held, where a soak asks for it, as the ledger and the files of this run know it.

    What is in a file now and was not when the ledger was last written counts from now. What is in repos that were not read, or in files
    that could not be, stands as it did for a month.
    """
    soaking = _soaking(parts, pins)
    if not soaking:
        return pins
    apps = {pins[number][1].app for number in soaking}
    return _with(parts, pins, soaking, _by_stage(_as_of_now(parts, scanned, apps, now)))


def with_stages_of_folder(parts: Parts, pins: Pins) -> Pins:
    """The same of a folder, of which nothing but what it holds now is known."""
    soaking = _soaking(parts, pins)
    held: dict[tuple[str, str], dict[str, list[Span]]] = {}
    for pin, context in pins if soaking else ():
        spans = held.setdefault((context.app, name_in_use(pin)), {}).setdefault(context.stage, [])
        spans.append(Span(value=value_in_use(pin), digest=str(pin.digest or ""), since=None))
    return _with(parts, pins, soaking, held)


def _soaking(parts: Parts, pins: Pins) -> list[int]:
    """Which of the pins wait for another stage."""
    if not parts.decider.knows_soaks:
        return []
    later = frozenset(parts.stages[1:])
    return [
        number
        for number, (pin, context) in enumerate(pins)
        if context.stage in later and parts.decider.rule_for(pin, context).soak is not None
    ]


def _as_of_now(parts: Parts, scanned: Sequence[Scanned], apps: Collection[str], now: datetime) -> list[StagedUse]:
    """What stands and stood in the stages of these apps: what the ledger knows, with what the files of this run add and end."""
    known = parts.ledger.uses.in_stages(apps)
    digests = digests_of_tags(parts, scanned)
    unread = {entry.repo.full_name: unread_in(entry) for entry in scanned}
    there = [
        StagedUse(app=app.name, known=KnownUse(use=use, since=now, last_seen=now, ended_at=None))
        for entry in scanned
        for app, use in uses_in(parts, entry, digests)
        if app.name in apps and app.phase is not Phase.RETIRED and use.place.stage
    ]
    seen = set(map(_identity, there))
    stood = [one if _stands(one, seen, unread, now) else _ended(one, now) for one in known]
    standing = {_identity(one) for one in stood if one.known.ended_at is None}
    return [*stood, *{_identity(one): one for one in there if _identity(one) not in standing}.values()]


def _identity(one: StagedUse) -> tuple[str, Place, str, str]:
    """A tag whose digest was known and is not today is the same still."""
    use = one.known.use
    return one.app, use.place, use.tag, use.digest if use.known_from is not KnownFrom.TAGGED else ""


def _stands(one: StagedUse, seen: Collection[object], unread: Mapping[str, Sequence[Unread]], now: datetime) -> bool:
    """Whether what the ledger has as standing does so, as far as was read."""
    place = one.known.use.place
    if one.known.ended_at is not None or place.repo not in unread:
        return one.known.ended_at is None and now - one.known.last_seen <= _READ_WITHIN
    return _identity(one) in seen or any(left.may_name(place.file, place.image) for left in unread[place.repo])


def _ended(one: StagedUse, now: datetime) -> StagedUse:
    return replace(one, known=replace(one.known, ended_at=one.known.ended_at or now))


def _by_stage(uses: Iterable[StagedUse]) -> _Held:
    held: dict[tuple[str, str], dict[str, list[Span]]] = {}
    for one in uses:
        use = one.known.use
        spans = held.setdefault((one.app, use.place.image), {}).setdefault(use.place.stage, [])
        spans.append(Span(value=use.tag, digest=use.digest, since=one.known.since, until=one.known.ended_at))
    return held


def _with(parts: Parts, pins: Pins, soaking: Collection[int], held: _Held) -> Pins:
    found = list(pins)
    for number in soaking:
        pin, context = pins[number]
        earlier = parts.stages[: parts.stages.index(context.stage)]
        before = _before(pin, context.stage, earlier, held.get((context.app, name_in_use(pin)), {}))
        found[number] = (pin, replace(context, before=before))
    return found


def _before(pin: Pin, own: str, earlier: Sequence[str], held: Mapping[str, Sequence[Span]]) -> StageBefore | None:
    """The nearest earlier stage that has the dependency on the pin's line; where all have it on others, the nearest of those."""
    there = [
        StageBefore(name=stage, own=own, spans=tuple(dict.fromkeys(held[stage])))
        for stage in reversed(earlier)
        if any(span.until is None for span in held.get(stage, ()))
    ]
    on_line = (before for before in there if any(_is_on_line(pin, span.value) for span in before.now_there))
    return next(on_line, there[0] if there else None)


def _is_on_line(pin: Pin, value: str) -> bool:
    if not value or pin.value is None or value == pin.value:
        return True
    scheme = SCHEMES.get(pin.scheme)
    one, other = (None, None) if scheme is None else (scheme.parse(pin.value), scheme.parse(value))
    # Of what has no tags, a range is on no line and may stand beside a version.
    return one.line == other.line if one is not None and other is not None else pin.scheme != "docker"
