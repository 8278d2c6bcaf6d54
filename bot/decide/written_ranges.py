"""Pins that name a range instead of a version, as charts' dependencies do: kept, unless a rule lets them move in their own style."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import cmp_to_key
from typing import Final

from bot.decide.case import Case
from bot.decide.kinds import kind_of
from bot.decide.values import judge, without_newer
from bot.model.pin import Role
from bot.model.rules import RangeMove
from bot.model.update import Candidate, Decision, Frozen, NotAllowed, Propose, Undecidable, Update, UpToDate, Verdict
from bot.versions.range_moves import replaced, widened
from bot.versions.ranges import InvalidRangeError, VersionRange
from bot.versions.ranking import rank
from bot.versions.scheme import Version

_WHOLE: Final = 3
_POLICY: Final = "ranges"


def range_of(case: Case, value: str) -> VersionRange | None:
    """The range that a value is; None: it is none."""
    version = case.scheme.parse(value)
    is_partial_chart = case.pin.role is Role.CHART and version is not None and len(version.numbers) < _WHOLE
    if case.pin.scheme == "docker" or (version is not None and not is_partial_chart):
        return None
    try:
        return VersionRange.parse(value)
    except InvalidRangeError:
        return None


def range_decision(case: Case, written: VersionRange) -> Decision:
    """The decision on a range. What matters is whether it lets the newest final version in."""
    pin = case.pin
    finals = _finals(case)
    newest = _newest(finals)
    if newest is None:
        reason = f"{written.text} is a range, and no final version is published"
        return Decision(pin=pin, verdict=Undecidable(pin=pin, reason=reason))
    if written.contains(newest):
        found = Candidate(value=newest.raw, verdict="in range", reason=f"the newest; the range {written.text} lets it in")
        return Decision(pin=pin, verdict=UpToDate(pin=pin), candidates=(found,))
    best = _newest(version for version in finals if written.contains(version))
    if best is None:
        reason = f"the range {written.text} lets in nothing that is published; the newest version is {newest.raw}"
        return Decision(pin=pin, verdict=Undecidable(pin=pin, reason=reason))
    move = case.rule.ranges or RangeMove.KEEP
    return _kept(case, written, best, newest) if move is RangeMove.KEEP else _moved(case, written, best, move)


def _kept(case: Case, written: VersionRange, best: Version, newest: Version) -> Decision:
    update = Update(pin=case.pin, release=case.releases[newest.raw], kind=kind_of(best, newest))
    texts = filter(None, (widened(written.text, newest), replaced(written.text, newest)))
    verdict = NotAllowed(
        update=update,
        policy=_POLICY,
        reason=f"the range {written.text} shuts out the newest version, {newest.raw}; ranges: keep leaves it to its owners",
        refused=tuple(dict.fromkeys((newest.raw, *texts))),
    )
    found = Candidate(value=newest.raw, verdict="out of range", reason=f"the newest; the range {written.text} shuts it out")
    return Decision(pin=case.pin, verdict=verdict, candidates=(found,))


def _moved(case: Case, written: VersionRange, best: Version, move: RangeMove) -> Decision:
    """The range written for the newest version that may go out, judged as a step from the newest one that it lets in."""
    judgement = judge(case, rank(case.scheme, best.raw, case.releases))
    lost = _lost(case, written, best)
    verdict: Verdict
    if lost is not None:
        reason = f"the list shrank: nothing in it is in {lost}, which an open pull request asks for; nothing is concluded until there is"
        verdict = Frozen(pin=case.pin, reason=reason)
    elif judgement.chosen is None:
        unsaid = Undecidable(pin=case.pin, reason=f"the range {written.text} shuts out newer versions, of which none can be judged")
        verdict = without_newer(case, judgement, unsaid)
    else:
        verdict = _written_for(case, judgement.chosen, written, best, move)
    return Decision(pin=case.pin, verdict=verdict, candidates=tuple(judgement.candidates))


def _written_for(case: Case, chosen: Update, written: VersionRange, best: Version, move: RangeMove) -> Verdict:
    target = chosen.release.value
    version = case.scheme.parse(target)
    write = widened if move is RangeMove.WIDEN else replaced
    text = None if version is None else write(written.text, version)
    if text is None:
        reason = f"the range {written.text} can't be written for {target} in its own style; move it by hand"
        return Undecidable(pin=case.pin, reason=reason)
    return Propose(update=replace(chosen, release=replace(chosen.release, value=text), range_step=(best.raw, target)))


def _lost(case: Case, written: VersionRange, best: Version) -> str | None:
    """The range that an open pull request asks for, if nothing above what is let in now is published in it any more."""
    above = [version for version in _finals(case) if version.is_newer_than(best)]
    for asked in sorted(case.asked - {written.text}):
        wanted = range_of(case, asked)
        if wanted is not None and not any(wanted.contains(version) for version in above):
            return asked
    return None


def _finals(case: Case) -> list[Version]:
    """The final versions on the line that most of them are on."""
    finals = [version for version in map(case.scheme.parse, case.releases) if version is not None and not version.is_prerelease]
    if not finals:
        return []
    line = Counter(version.line for version in finals).most_common(1)[0][0]
    return [version for version in finals if version.line == line]


def _newest(versions: Iterable[Version]) -> Version | None:
    return max(versions, key=cmp_to_key(_order), default=None)


def _order(one: Version, other: Version) -> int:
    return one.is_newer_than(other) - other.is_newer_than(one)
