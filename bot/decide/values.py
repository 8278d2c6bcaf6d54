"""Which of the newer values a pin moves to: newest first, and the first without an objection."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

from bot.decide.case import Case, Detail
from bot.decide.cooldown import cooldown_of
from bot.decide.kinds import in_words, kind_of
from bot.decide.policies import choosing, first_objection, holding, inspecting, not_allowed, refusing
from bot.decide.policy import Policy
from bot.decide.ripe import newest_ripe
from bot.model.listing import DatasourceError
from bot.model.update import Candidate, Hold, Propose, Undecidable, Unknown, Update, UpdateKind, Verdict
from bot.versions.ranking import Ranked, Ranking, Relation

_NEVER: Final = datetime.max.replace(tzinfo=UTC)
_MOST_TOLD: Final = 100
"""Values that a decision tells about in a run over a fleet: it has one for each pin."""


@dataclass(slots=True, kw_only=True)
class Judgement:
    """What became of the values."""

    chosen: Update | None = None
    holds: list[Hold] = field(default_factory=list)
    refusals: list[Hold] = field(default_factory=list)
    """What rules refuse for as long as they stand."""
    problems: list[str] = field(default_factory=list)
    """Values that would go out, had their digest been known."""
    doubts: list[str] = field(default_factory=list)
    """Values that may be newer or not."""
    candidates: list[Candidate] = field(default_factory=list)


def judge(case: Case, ranking: Ranking) -> Judgement:
    """Every value with its verdict. One that may not go out yet never hides an older one that may."""
    result = Judgement()
    doubtful = _doubtful(ranking)
    selecting = (*refusing(case), *choosing(case, ranking))
    places = {entry.value: place for place, entry in enumerate(ranking.entries)}
    # The newest of the cycle in use is offered before any step to another one: 3.13.1 must not hide 3.12.13.
    for entry in sorted(ranking.entries, key=lambda entry: case.is_cycle_step(ranking.current, entry.version)):
        if entry.relation is not Relation.NEWER:
            _note(case, entry, result)
        elif entry.value in doubtful and result.chosen is None:
            _note(case, replace(entry, relation=Relation.NO_ORDER, reason=doubtful[entry.value]), result)
        else:
            result.candidates.append(_try(case, ranking, entry, selecting, result))
    result.candidates.sort(key=lambda candidate: places[candidate.value])
    result.refusals.sort(key=lambda refusal: places[refusal.update.release.value])
    if case.detail is Detail.NEWER:
        del result.candidates[_MOST_TOLD:]
    return result


def without_newer(case: Case, judgement: Judgement, verdict: Verdict) -> Verdict:
    """The verdict on a pin of which no value goes out: what goes out all the same, else what waits, is in doubt or is refused."""
    said: list[Verdict] = [min(judgement.holds, key=_end)] if judgement.holds else []
    if isinstance(verdict, Hold | Unknown):
        said.append(verdict)
    if judgement.problems:
        said.append(Unknown(pin=case.pin, reason="; ".join(judgement.problems[:3])))
    if judgement.doubts:
        said.append(Undecidable(pin=case.pin, reason=judgement.doubts[0]))
    if judgement.refusals:
        said.append(not_allowed(judgement.refusals))
    return verdict if isinstance(verdict, Propose) or not said else said[0]


def _end(hold: Hold) -> datetime:
    return hold.until or _NEVER


def _note(case: Case, entry: Ranked, result: Judgement) -> None:
    """What is said of a value that is not newer for sure."""
    is_doubt = entry.relation in {Relation.NO_ORDER, Relation.STRAY, Relation.OTHER_FORM}
    if is_doubt and (entry.relation is not Relation.STRAY or case.allows(UpdateKind.MAJOR)):
        result.doubts.append(f"{entry.value}: {entry.reason}")
    if is_doubt or case.detail is Detail.ALL or entry.relation is Relation.CURRENT:
        result.candidates.append(Candidate(value=entry.value, verdict=entry.relation.value, reason=entry.reason))


def _try(case: Case, ranking: Ranking, entry: Ranked, selecting: Sequence[Policy], result: Judgement) -> Candidate:
    """Choose a newer value if no policy objects and its digest is known where it must be."""
    is_step = case.is_cycle_step(ranking.current, entry.version)
    first = _first_in_cycle(case, ranking, result) if is_step else None
    if result.chosen is not None and first is None:
        return Candidate(value=entry.value, verdict="newer", reason=f"{entry.reason}, older than {result.chosen.release.value}")
    release = replace(case.releases[entry.value], value=entry.value)
    kind = kind_of(ranking.current, entry.version)
    update = Update(pin=case.pin, release=release, kind=UpdateKind.CYCLE if is_step and kind is not UpdateKind.MAJOR else kind)
    refusal = first_objection(selecting, update, case.now)
    if refusal is not None:
        result.refusals.append(refusal)
        return Candidate(value=entry.value, verdict=refusal.policy, reason=refusal.reason)
    if first is not None:
        return Candidate(value=entry.value, verdict="newer", reason=f"{entry.reason}, in another cycle; first comes {first}")
    hold = first_objection(holding(case), update, case.now)
    if hold is None:
        try:
            described = _with_digest(case, update)
        except DatasourceError as error:
            result.problems.append(str(error))
            return Candidate(value=entry.value, verdict="unknown", reason=str(error))
        update, hold = _with_ripe_digest(case, described)
    if hold is not None:
        result.holds.append(hold)
        return Candidate(value=entry.value, verdict="held", reason=f"{hold.policy}: {hold.reason}")
    # Where no value is written, the digest alone moves.
    result.chosen = update if case.pin.value is not None else replace(update, kind=UpdateKind.DIGEST)
    return Candidate(value=entry.value, verdict="chosen", reason=f"{entry.reason}, {in_words(update.kind)}")


def _first_in_cycle(case: Case, ranking: Ranking, result: Judgement) -> str | None:
    """The value of the cycle in use that goes out before any step to another one, or waits for a while; None: there is none."""
    going_out = [] if result.chosen is None else [result.chosen]
    going_out += [hold.update for hold in result.holds if hold.until is not None]
    values = (update.release.value for update in going_out)
    return next((value for value in values if not case.is_cycle_step(ranking.current, case.scheme.parse(value))), None)


def _with_digest(case: Case, update: Update) -> Update:
    """The update with the release's digest where the pin has one or shall get one, else with none. Raises DatasourceError."""
    value = update.release.value
    if not case.gets_digest:
        return replace(update, release=replace(update.release, digest=None))
    release = case.described(value, case.releases[value])
    if release.digest is None:
        raise DatasourceError(f"no digest is known for {value}")
    return replace(update, release=release)


def _with_ripe_digest(case: Case, update: Update) -> tuple[Update, Hold | None]:
    """The update with the newest digest that is old enough, and what holds it: a version that waited may have been rebuilt just now."""
    value_seen, digest_seen = case.releases[update.release.value].first_seen, update.release.first_seen
    is_rebuilt = value_seen is not None and digest_seen is not None and digest_seen > value_seen and update.release.digest is not None

    def objection(to: Update) -> Hold | None:
        return first_objection(inspecting(case), to, case.now)

    young = cooldown_of(case.rule, case.evidence).objection_to_digest(update, case.now) if is_rebuilt else None
    if young is None:
        return update, objection(update)
    ripe = newest_ripe(case, update, objection)
    return (update, young) if ripe is None else (ripe, None)


def _doubtful(ranking: Ranking) -> dict[str, str]:
    """The newer values of which several are the same version: which one is newest can't be told from the text."""
    newer = [entry for entry in ranking.entries if entry.relation is Relation.NEWER]
    doubtful: dict[str, str] = {}
    for one, other in pairwise(newer):
        if one.version and other.version and not one.version.is_newer_than(other.version) and not one.version.is_same_as(other.version):
            doubtful[one.value] = f"the same version as {other.value}: the text gives no order"
            doubtful.setdefault(other.value, f"the same version as {one.value}: the text gives no order")
    return doubtful
