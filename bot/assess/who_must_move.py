"""For each hole of an image: whose turn it is."""

from dataclasses import dataclass
from datetime import date, datetime

from bot.assess.known import Known
from bot.assess.packages import OF_DISTRIBUTIONS
from bot.model.assessment import AssessedImage, Dismissed, FixState, Hole
from bot.model.contents import Contents, Layer
from bot.model.mover import Move, Mover


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An image, what it is built on, and what it could be built on."""

    image: AssessedImage
    base: Contents | None
    """What it stands on; the image itself, where that is what is used as a base; None: not known."""
    newest_base: AssessedImage | None
    """The newest that its base has become: by a newer value of the line or a newer digest; None: not known."""
    is_newest_in_git: bool = False
    """Whether the app's files ask for that one already, and only the image was built before."""
    held: str = ""
    """Why the newest base may not be taken yet; empty: it may."""


def who_must_move(standing: Standing, today: date) -> tuple[Move, ...]:
    """One verdict for each hole, the worst first, then those that somebody's word takes away."""
    newest = None if standing.newest_base is None else Known.of(standing.newest_base)
    moves = [_move(hole, standing, newest, today) for hole in standing.image.assessment.holes]
    return (*moves, *map(_not_affected, standing.image.assessment.dismissed))


def _not_affected(dismissed: Dismissed) -> Move:
    word = dismissed.statement
    reason = str(word) + (f": {word.reason}" if word.reason else "")
    return Move(hole=dismissed.hole, mover=Mover.NOT_AFFECTED, reason=reason, since=word.at)


def _move(hole: Hole, standing: Standing, newest: Known | None, today: date) -> Move:
    is_of_base = _is_of_base(hole, standing)
    if newest is not None and is_of_base is not False and _lacks(newest, hole):
        return _gone_from_base(hole, standing, newest.image, is_certain=is_of_base is True)
    if not hole.fixed_in:
        return _without_fix(hole, standing.image.contents, today)
    if is_of_base is False:
        return _above_base(hole, standing.image.contents)
    return _fixed_elsewhere(hole, newest, is_of_base=is_of_base is True)


def _lacks(newest: Known, hole: Hole) -> bool:
    return not newest.has((hole,)) and newest.was_checked_for((hole,))


def _is_of_base(hole: Hole, standing: Standing) -> bool | None:
    """Whether the package came with the base; None: not known."""
    if standing.base is None or not hole.package.layer:
        return None
    return any(layer.diff_id == hole.package.layer for layer in standing.base.layers)


def _gone_from_base(hole: Hole, standing: Standing, newest: AssessedImage, *, is_certain: bool) -> Move:
    """Of a hole that the newest base does not have, or that somebody's word takes away there."""
    name, built = newest.contents.image, newest.contents.created_at
    away = next((one for one in newest.assessment.dismissed if one.hole.names & hole.names), None)
    without = f"of {name}, {away.statement}" if away else f"{name} does not have it"
    if not is_certain:
        return Move(hole=hole, mover=Mover.NOT_KNOWN, reason=f"the newest base: {without}; which layer brought it here is not known")
    if standing.is_newest_in_git:
        return Move(
            hole=hole, mover=Mover.REBUILD_NOW, reason=f"the base in Git: {without}; the image was built on an older one", since=built
        )
    if standing.held:
        return Move(hole=hole, mover=Mover.HELD, reason=f"{without}; {standing.held}", since=built)
    return Move(hole=hole, mover=Mover.BUMP_NOW, reason=without, since=built)


def _fixed_elsewhere(hole: Hole, newest: Known | None, *, is_of_base: bool) -> Move:
    """Of a hole that has a fix, not known to be in the newest base, nor to be the app's own."""
    if not is_of_base:
        reason = f"{hole.fixed_in} has the fix; what the image is built on, or which layer brought it, is not known"
        return Move(hole=hole, mover=Mover.NOT_KNOWN, reason=reason)
    if newest is None:
        return Move(hole=hole, mover=Mover.NOT_KNOWN, reason=f"{hole.fixed_in} has the fix; whether the newest base has it is not known")
    if newest.has((hole,)):
        reason = f"{hole.fixed_in} has the fix, and the newest base, {newest.image.contents.image}, does not have it"
        return Move(hole=hole, mover=Mover.WAITS_FOR_PUBLISHER, reason=reason, since=hole.fix_known_since)
    reason = f"{hole.fixed_in} has the fix; the newest base, {newest.image.contents.image}, could not be checked for it"
    return Move(hole=hole, mover=Mover.NOT_KNOWN, reason=reason)


def _without_fix(hole: Hole, contents: Contents, today: date) -> Move:
    if hole.package.type not in OF_DISTRIBUTIONS:
        return Move(hole=hole, mover=Mover.WAITS_FOR_MAKERS, reason=_state_of(hole) or "no version with a fix is known")
    system = contents.operating_system
    name = (system.name or system.id) if system else "the distribution"
    said = _state_of(hole)
    reason = f"{name} says: {said}" if said else f"{name} has no fix"
    if system and system.end_of_life and system.end_of_life < today:
        reason += f", and its usual security updates ended on {system.end_of_life}: move to a newer release of it"
    return Move(hole=hole, mover=Mover.WAITS_FOR_DISTRIBUTION, reason=reason)


def _state_of(hole: Hole) -> str:
    """What is said of a fix that is not there; empty: nothing more than that."""
    is_telling = hole.fix_state in {FixState.INVESTIGATED, FixState.DEFERRED, FixState.WILL_NOT_FIX, FixState.END_OF_LIFE}
    return hole.fix_state.value if is_telling else ""


def _above_base(hole: Hole, contents: Contents) -> Move:
    if hole.package.type not in OF_DISTRIBUTIONS:
        reason = f"it came with a layer above the base; take {hole.fixed_in} or newer in the app's own dependencies"
        return Move(hole=hole, mover=Mover.YOURS, reason=reason, since=hole.fix_known_since)
    return _installed(hole, contents, next(layer for layer in contents.layers if layer.diff_id == hole.package.layer))


def _installed(hole: Hole, contents: Contents, layer: Layer) -> Move:
    """A package of the distribution that the image's own build installed."""
    fixed, made, built = hole.fix_known_since, layer.created_at, contents.created_at
    if fixed is None or made is None:
        when = "" if fixed is None else f" since {_day(fixed)}"
        reason = f"the distribution has {hole.fixed_in}{when}; where a build leaves it as it is, a build cache or a held version keeps it"
        return Move(hole=hole, mover=Mover.REBUILD_NOW, reason=reason, since=fixed)
    if made >= fixed:
        reason = (
            f"its layer was built on {_day(made)}, when the distribution had {hole.fixed_in}: the build holds its version, or has no update"
        )
        return Move(hole=hole, mover=Mover.YOURS, reason=reason, since=fixed)
    if built is not None and built >= fixed:
        stale = f"the image of {_day(built)} has a layer of {_day(made)}"
        reason = f"without the build's cache: {hole.fixed_in} is out since {_day(fixed)}, and {stale}"
        return Move(hole=hole, mover=Mover.REBUILD_NOW, reason=reason, since=fixed)
    reason = f"the distribution has {hole.fixed_in} since {_day(fixed)}, and the layer was built on {_day(made)}"
    return Move(hole=hole, mover=Mover.REBUILD_NOW, reason=reason, since=fixed)


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"
