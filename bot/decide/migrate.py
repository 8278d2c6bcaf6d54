"""A base that is to be left -> the decision on the move to its successor. Pure: what must be asked is asked through the functions given."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.decide.catalogue import because
from bot.decide.content import Platforms
from bot.decide.cooldown import cooldown_of
from bot.decide.evidence import Evidence
from bot.decide.freezes import Freezes
from bot.decide.kinds import Kinds
from bot.decide.opt_out import OptedOut
from bot.decide.policies import first_objection, not_allowed
from bot.decide.policy import Policy
from bot.decide.signatures import Signatures
from bot.decide.windows import Windows
from bot.model.catalogue import Judged, Standing
from bot.model.dependency import OCI, Dependency, Release
from bot.model.image import ImageReference, InvalidReferenceError
from bot.model.listing import DatasourceError, Listing
from bot.model.pin import Pin
from bot.model.rules import Rule
from bot.model.update import Candidate, Decision, Frozen, Propose, Undecidable, Unknown, Update, UpdateKind, Verdict
from bot.versions.successor import UncertainError, name_of, tag_of

_LEFT: Final = frozenset({Standing.DEPRECATED, Standing.FORBIDDEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A pin whose base is to be left, and where its successor is listed."""

    pin: Pin
    judged: Judged
    pattern: str
    successor: Dependency


def move_of(pin: Pin, judged: Judged) -> Move | Decision | None:
    """Where a pin shall go; the decision where that is not certain; None: it may stay, or nothing is to be proposed."""
    entry = judged.entry
    if judged.standing not in _LEFT or entry is None or not entry.is_proposed or not entry.successor:
        return None
    try:
        name = name_of(entry.successor, pin.dependency.name)
    except UncertainError as error:
        return _uncertain(pin, entry.successor, error)
    return Move(pin=pin, judged=judged, pattern=entry.successor, successor=Dependency(datasource=OCI, name=name))


def migration(
    move: Move,
    listing: Listing,
    rule: Rule,
    *,
    describe: Callable[[Release], Release],
    evidence: Evidence,
    now: datetime,
) -> Decision | None:
    """The decision on a move; None: the pin names its successor already.

    The successor's digest is written where the pin has one, or shall get one. What lets other updates wait lets this one wait too.
    """
    pin = move.pin
    if listing.problem is not None:
        return Decision(pin=pin, verdict=Unknown(pin=pin, reason=listing.problem))
    if listing.shrunk is not None:
        return Decision(pin=pin, verdict=Frozen(pin=pin, reason=listing.shrunk))
    releases = {release.value: release for release in listing.releases}
    try:
        tag = tag_of(move.pattern, pin.dependency.name, pin.value, releases)
    except UncertainError as error:
        return _uncertain(pin, move.pattern, error)
    if (move.successor, tag) == (pin.dependency, pin.value):
        return None
    update = Update(pin=pin, release=releases[tag], kind=UpdateKind.MIGRATE, because=because(move.judged, _familiar(pin.dependency.name)))
    verdict = _verdict(update, rule, describe, evidence, now)
    told = f"{_familiar(move.successor.name)}:{tag}"
    return Decision(pin=pin, verdict=verdict, candidates=(Candidate(value=told, verdict="successor", reason=update.because),))


def _verdict(update: Update, rule: Rule, describe: Callable[[Release], Release], evidence: Evidence, now: datetime) -> Verdict:
    # What the repo's own file does not allow goes out under no circumstances; the organisation allows it by its catalogue.
    refusal = Kinds(allow=rule.allow or ()).objection(update, now)
    if refusal is not None:
        return not_allowed([replace(refusal, reason=f"{refusal.reason}; the repo's own file says so")])
    hold = first_objection(_holding(rule, evidence), update, now)
    if hold is not None:
        return hold
    if update.pin.digest is None and UpdateKind.PIN not in (rule.allow or ()):
        described = update
    else:
        try:
            described = replace(update, release=replace(describe(update.release), value=update.release.value))
        except DatasourceError as error:
            return Unknown(pin=update.pin, reason=f"the digest of its successor can't be had: {error}")
        if described.release.digest is None:
            return Unknown(pin=update.pin, reason="the registry does not tell the digest of its successor")
    return first_objection((Platforms(evidence=evidence), Signatures(evidence=evidence)), described, now) or Propose(update=described)


def _holding(rule: Rule, evidence: Evidence) -> Iterator[Policy]:
    yield OptedOut()
    yield Freezes(freezes=rule.freezes)
    yield cooldown_of(rule, evidence)
    yield Windows(windows=rule.windows or ())
    yield Windows(windows=rule.also_windows)


def _uncertain(pin: Pin, pattern: str, error: UncertainError) -> Decision:
    reason = f"to which image of its successor ({pattern}) it shall move is not certain: {error}"
    return Decision(pin=pin, verdict=Undecidable(pin=pin, reason=reason))


def _familiar(name: str) -> str:
    try:
        return ImageReference.parse(name).familiar
    except InvalidReferenceError:
        return name
