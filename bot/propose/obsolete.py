"""Open pull requests that stand for nothing any more: their base has it, another one asks for it, or a rule refuses it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType

from bot.model.fleet import Phase
from bot.model.pin import Pin
from bot.model.pull_request import PullRequest, PullRequestState
from bot.model.run import AppDecisions
from bot.model.update import SOAK, Decision, Hold, NotAllowed, UpToDate, Verdict
from bot.propose.marker import Marker, Target, read
from bot.propose.naming import short_digest
from bot.versions import SCHEMES


@dataclass(frozen=True, slots=True, kw_only=True)
class Obsolete:
    """A pull request to be closed, and why, in words for its readers."""

    pull_request: PullRequest
    reason: str


class _State(Enum):
    STANDS = auto()
    """It is still asked for, or nobody can tell."""
    HELD_BY_BASE = auto()
    ELSEWHERE = auto()
    """Another pull request asks for it."""
    GONE = auto()
    REFUSED = auto()


Asked = Mapping[Pin, tuple[PullRequest, str]]
"""By pin: the open pull request in which this run asks to move it, and to what value."""


def obsolete(
    apps: Sequence[AppDecisions], pulls: Sequence[PullRequest], *, sent: Collection[str] = (), asked: Asked = MappingProxyType({})
) -> list[Obsolete]:
    """The open pull requests of a repo of which nothing stands any more; those from a branch in `sent` were looked at by this run already.

    Only what was read counts: that each pin of what is asked for has it, or more, by its own text; that another pull request asks to move
    it (`asked`); that no such pin is left while everything in the app was readable; or that a rule refuses just that. An empty list, a
    failed look-up, a hold or a doubt says nothing. A pull request without the bot's marker, or for an app that is none of `apps` or is
    retired, is not judged.
    """
    judged = {app.app.name: app for app in apps if app.app.phase is not Phase.RETIRED}
    found = []
    for pull in pulls:
        marker = read(pull.body) if pull.state is PullRequestState.OPEN and pull.branch not in sent else None
        # Whether an image is to be built anew is read from the image.
        if marker is None or marker.rebuilds or not judged.keys() >= marker.by_app.keys():
            continue
        reason = _reason(judged, marker, pull.base, asked)
        if reason is not None:
            found.append(Obsolete(pull_request=pull, reason=reason))
    return found


def _reason(apps: Mapping[str, AppDecisions], marker: Marker, base: str, asked: Asked) -> str | None:
    """Why nothing of what is asked for stands; None: something does."""
    said: list[tuple[_State, str]] = [
        _fate(apps[name], target, marker.stage, asked) for name, targets in marker.by_app.items() for target in targets
    ]
    states = {state for state, _ in said}
    if not states or _State.STANDS in states:
        return None
    if states == {_State.HELD_BY_BASE}:
        return f"`{base}` has what this asks for by now."
    reasons = [reason for _, reason in said if reason]
    end = " It is proposed anew once the rules allow it." if _State.REFUSED in states else ""
    return f"{'; '.join(dict.fromkeys(reasons))}.{end}"


def _fate(app: AppDecisions, target: Target, stage: str, asked: Asked) -> tuple[_State, str]:
    """What became of one thing that is asked for."""
    if target.is_migration:
        return _fate_of_migration(app, target)
    states = list(_states([one for one in app.decisions if one.stage == stage], target, asked))
    kinds = {state for state, _ in states}
    if _State.STANDS in kinds:
        return _State.STANDS, ""
    if _State.ELSEWHERE in kinds:
        return next(entry for entry in states if entry[0] is _State.ELSEWHERE)
    if _State.REFUSED in kinds:
        return next(entry for entry in states if entry[0] is _State.REFUSED)
    if kinds:
        return _State.HELD_BY_BASE, f"{target.dependency} is at {target.value} or newer by now"
    return _without_pins(app, target, stage, asked)


def _fate_of_migration(app: AppDecisions, target: Target) -> tuple[_State, str]:
    """What became of a move to another base: the catalogue of bases, or the files, may ask for it no more."""
    verdicts = [one.verdict for one in app.migrations if str(one.pin.dependency) == target.dependency]
    refusals = [one for one in verdicts if isinstance(one, NotAllowed)]
    if refusals and len(refusals) == len(verdicts):
        return _State.REFUSED, f"the move to {target.value} is not allowed any more ({refusals[0].policy}: {refusals[0].reason})"
    if verdicts:
        return _State.STANDS, ""
    if any(str(one.pin.dependency) == target.dependency for one in app.decisions):
        return _State.GONE, f"the catalogue of bases does not ask to move {target.dependency} to {target.value} any more"
    if app.skips:
        return _State.STANDS, ""
    return _State.GONE, f"nothing is left in {app.app.name} that stands on {target.dependency}"


def _without_pins(app: AppDecisions, target: Target, stage: str, asked: Asked) -> tuple[_State, str]:
    """What became of a thing that no pin is left for in its stage, or, where it names none, among all that have no own pull requests."""
    is_elsewhere = next(_states(app.decisions, target, asked), None) is not None
    if is_elsewhere and not stage:
        return _State.GONE, f"each stage gets pull requests of its own for {target.dependency} now"
    if app.skips:
        return _State.STANDS, ""
    if is_elsewhere:
        return _State.GONE, f"{stage} has no pull requests of its own for {target.dependency} any more"
    return _State.GONE, f"nothing is left in {app.app.name} that {target.dependency} {target.value} would replace"


def _states(decisions: Sequence[Decision], target: Target, asked: Asked) -> Iterator[tuple[_State, str]]:
    """One for each pin that the target could be meant for: of its dependency, and not of another line."""
    for decision in decisions:
        if str(decision.pin.dependency) == target.dependency:
            state = _state(decision, target)
            other = asked.get(decision.pin)
            # A step to another line stands beside the patches of the line in use.
            if state is not None and state[0] is _State.STANDS and other is not None and target.value in {decision.pin.value, other[1]}:
                yield _State.ELSEWHERE, f"#{other[0].number} asks for {target.dependency} {other[1]} now"
            elif state is not None:
                yield state


def _state(decision: Decision, target: Target) -> tuple[_State, str] | None:
    pin, verdict = decision.pin, decision.verdict
    if pin.value is None or pin.value == target.value:
        return _digest_state(decision, target)
    scheme = SCHEMES.get(pin.scheme)
    written, wanted = (None, None) if scheme is None else (scheme.parse(pin.value), scheme.parse(target.value))
    if written is not None and wanted is not None and written.line != wanted.line:
        return None
    if written is not None and wanted is not None and (written.is_newer_than(wanted) or written.is_same_as(wanted)):
        return _State.HELD_BY_BASE, ""
    if fallen_back := _fallen_back(verdict, target):
        return _State.REFUSED, f"{target.dependency} {target.value}: {fallen_back}"
    if isinstance(verdict, NotAllowed) and target.value in verdict.refused:
        return _State.REFUSED, f"{target.dependency} {target.value} is not allowed any more ({verdict.policy}: {verdict.reason})"
    return _State.STANDS, ""


def _fallen_back(verdict: Verdict, target: Target) -> str:
    """Why a stage is not to take any more what it is asked for, as the one before it does not have that; empty: it may, or it waits.

    No other hold takes back what is asked for.
    """
    if not isinstance(verdict, Hold) or verdict.policy != SOAK or verdict.until is not None:
        return ""
    return verdict.reason if verdict.update.release.value == target.value else ""


def _digest_state(decision: Decision, target: Target) -> tuple[_State, str]:
    """Of a pin that has the value already."""
    pin, verdict = decision.pin, decision.verdict
    if not target.digest or short_digest(pin.digest) == target.digest:
        return _State.HELD_BY_BASE, ""
    if fallen_back := _fallen_back(verdict, target):
        return _State.REFUSED, f"{target.dependency} {target.value}: {fallen_back}"
    if isinstance(verdict, NotAllowed):
        return _State.REFUSED, f"a newer digest of {target.dependency} is not allowed any more ({verdict.policy}: {verdict.reason})"
    if isinstance(verdict, UpToDate):
        if pin.digest is not None:
            return _State.HELD_BY_BASE, ""
        return _State.REFUSED, f"the rules do not give {target.dependency} a digest any more (`allow` without `pin`)"
    return _State.STANDS, ""
