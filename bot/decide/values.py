"""Which of the newer values a pin moves to: newest first, and the first without an objection."""

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

from bot.decide.case import Case, Detail
from bot.decide.kinds import kind_of
from bot.decide.policies import choosing, first_objection, holding, inspecting
from bot.model.listing import DatasourceError
from bot.model.update import Candidate, Hold, Update, UpdateKind
from bot.versions.ranking import Ranked, Ranking, Relation
from bot.versions.scheme import Version

_DOUBTFUL: Final = frozenset({Relation.NO_ORDER, Relation.STRAY})


@dataclass(slots=True, kw_only=True)
class Judgement:
    """What became of the values."""

    chosen: Update | None = None
    holds: list[Hold] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """Values that would go out, had their digest been known."""
    doubts: list[str] = field(default_factory=list)
    """Values that may be newer or not."""
    candidates: list[Candidate] = field(default_factory=list)


def judge(case: Case, ranking: Ranking) -> Judgement:
    """Every value with its verdict. One that may not go out yet never hides an older one that may."""
    result = Judgement()
    selecting = choosing(case, ranking)
    doubtful = _doubtful(ranking)
    for entry in ranking.entries:
        if entry.relation is not Relation.NEWER or ranking.current is None or entry.version is None:
            if entry.relation is Relation.NO_ORDER or (entry.relation is Relation.STRAY and case.allows(UpdateKind.MAJOR)):
                result.doubts.append(f"{entry.value}: {entry.reason}")
            if case.detail is Detail.ALL or entry.relation is Relation.CURRENT or entry.relation in _DOUBTFUL:
                result.candidates.append(Candidate(value=entry.value, verdict=entry.relation.value, reason=entry.reason))
        elif result.chosen is not None:
            reason = f"{entry.reason}, older than {result.chosen.release.value}"
            result.candidates.append(Candidate(value=entry.value, verdict="newer", reason=reason))
        elif entry.value in doubtful:
            result.doubts.append(f"{entry.value}: {doubtful[entry.value]}")
            result.candidates.append(Candidate(value=entry.value, verdict=Relation.NO_ORDER.value, reason=doubtful[entry.value]))
        else:
            update = Update(
                pin=case.pin, release=replace(case.releases[entry.value], value=entry.value), kind=kind_of(ranking.current, entry.version)
            )
            hold = first_objection(selecting, update, case.now)
            if hold is not None:
                result.candidates.append(Candidate(value=entry.value, verdict=hold.policy, reason=hold.reason))
            else:
                result.candidates.append(_try(case, update, entry, result))
    return result


def _try(case: Case, update: Update, entry: Ranked, result: Judgement) -> Candidate:
    """Choose the update if nothing holds it and its digest is known where it must be."""
    hold = first_objection(holding(case), update, case.now)
    if hold is None and case.gets_digest:
        try:
            update = replace(update, release=case.described(entry.value, case.releases[entry.value]))
        except DatasourceError as error:
            result.problems.append(str(error))
            return Candidate(value=entry.value, verdict="unknown", reason=str(error))
        if update.release.digest is None:
            result.problems.append(f"no digest is known for {entry.value}")
            return Candidate(value=entry.value, verdict="unknown", reason=result.problems[-1])
    elif hold is None:
        update = replace(update, release=replace(update.release, digest=None))
    hold = hold or first_objection(inspecting(case), update, case.now)
    if hold is not None:
        result.holds.append(hold)
        return Candidate(value=entry.value, verdict="held", reason=f"{hold.policy}: {hold.reason}")
    # Where no value is written, the digest alone moves.
    result.chosen = update if case.pin.value is not None else replace(update, kind=UpdateKind.DIGEST)
    return Candidate(value=entry.value, verdict="chosen", reason=f"{entry.reason}, a {update.kind.value} update")


def _doubtful(ranking: Ranking) -> dict[str, str]:
    """The newer values of which several are the same version: which one is newest can't be told from the text."""
    newer = [entry for entry in ranking.entries if entry.relation is Relation.NEWER]
    doubtful: dict[str, str] = {}
    for one, other in pairwise(newer):
        if one.version and other.version and _tie(one.version, other.version):
            doubtful[one.value] = f"the same version as {other.value}: the text gives no order"
            doubtful.setdefault(other.value, f"the same version as {one.value}: the text gives no order")
    return doubtful


def _tie(one: Version, other: Version) -> bool:
    return not one.is_newer_than(other) and not one.is_same_as(other)
