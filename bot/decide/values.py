"""Which of the newer values a pin moves to: newest first, and the first without an objection."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

from bot.decide.case import Case, Detail
from bot.decide.cooldown import cooldown_of
from bot.decide.kinds import in_words, kind_of
from bot.decide.policies import choosing, first_objection, holding, inspecting, not_allowed, refusing, soak_of
from bot.decide.policy import Policy
from bot.decide.ripe import newest_ripe
from bot.model.listing import DatasourceError
from bot.model.update import Candidate, Hold, Propose, Undecidable, Unknown, Update, UpdateKind, Verdict
from bot.versions.ranking import Ranked, Ranking, Relation
from bot.versions.scheme import Version

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
    judging = _Judging(
        case=case,
        current=ranking.current,
        selecting=(*refusing(case), *choosing(case, ranking)),
        waiting=holding(case),
        doubtful=_doubtful(ranking),
    )
    places = {entry.value: place for place, entry in enumerate(ranking.entries)}
    steps = [entry for entry in ranking.entries if case.is_cycle_step(ranking.current, entry.version)]
    apart = {entry.value for entry in steps}
    told = _judge_each(judging, [entry for entry in ranking.entries if entry.value not in apart] if steps else ranking.entries, result)
    # The newest of the cycle in use is offered before any step to another one: 3.13.1 must not hide 3.12.13.
    told += _judge_each(replace(judging, is_step=True, first=_first_in_cycle(result)), steps, result) if steps else []
    result.candidates = sorted(told, key=lambda candidate: places[candidate.value])
    result.refusals.sort(key=lambda refusal: places[refusal.update.release.value])
    if case.detail is Detail.NEWER:
        del result.candidates[_MOST_TOLD:]
    return result


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judging:
    """What the values of one pin are judged by, made once for all of them."""

    case: Case
    current: Version | None
    selecting: Sequence[Policy]
    waiting: Sequence[Policy]
    doubtful: Mapping[str, str]
    """Newer values whose order is in doubt, and why."""
    is_step: bool = False
    """Whether these lead to another cycle."""
    first: str | None = None
    """The value that comes before any such step."""


def _judge_each(judging: _Judging, entries: Sequence[Ranked], result: Judgement) -> list[Candidate]:
    """What is said of the values, newest first; no more than a decision tells."""
    most = len(entries) if judging.case.detail is Detail.ALL else _MOST_TOLD
    told: list[Candidate] = []
    for entry in entries:
        if entry.relation is not Relation.NEWER:
            said = _note(judging.case, entry, result)
        elif entry.value in judging.doubtful and result.chosen is None:
            said = _note(judging.case, replace(entry, relation=Relation.NO_ORDER, reason=judging.doubtful[entry.value]), result)
        elif len(told) == most and result.chosen is not None and judging.first is None:
            continue  # one is chosen, and nobody asks why this one is not
        else:
            said = _try(judging, entry, result)
        if said is not None and len(told) < most:
            told.append(said)
    return told


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


def _note(case: Case, entry: Ranked, result: Judgement) -> Candidate | None:
    """What is said of a value that is not newer for sure; None: nothing."""
    is_doubt = entry.relation in {Relation.NO_ORDER, Relation.STRAY, Relation.OTHER_FORM}
    if is_doubt and (entry.relation is not Relation.STRAY or case.allows(UpdateKind.MAJOR)):
        result.doubts.append(f"{entry.value}: {entry.reason}")
    if is_doubt or case.detail is Detail.ALL or entry.relation is Relation.CURRENT:
        return Candidate(value=entry.value, verdict=entry.relation.value, reason=entry.reason)
    return None


def _try(judging: _Judging, entry: Ranked, result: Judgement) -> Candidate:
    """Choose a newer value if no policy objects and its digest is known where it must be."""
    case, first = judging.case, judging.first
    if result.chosen is not None and first is None:
        return Candidate(value=entry.value, verdict="newer", reason=f"{entry.reason}, older than {result.chosen.release.value}")
    release = replace(case.releases[entry.value], value=entry.value)
    kind = kind_of(judging.current, entry.version)
    update = Update(pin=case.pin, release=release, kind=UpdateKind.CYCLE if judging.is_step and kind is not UpdateKind.MAJOR else kind)
    refusal = first_objection(judging.selecting, update, case.now)
    if refusal is not None:
        result.refusals.append(refusal)
        return Candidate(value=entry.value, verdict=refusal.policy, reason=refusal.reason)
    if first is not None:
        return Candidate(value=entry.value, verdict="newer", reason=f"{entry.reason}, in another cycle; first comes {first}")
    hold = first_objection(judging.waiting, update, case.now)
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


def _first_in_cycle(result: Judgement) -> str | None:
    """Of the judged values of the cycle in use, the one that goes out before any step to another, or waits for a while; None: none."""
    if result.chosen is not None:
        return result.chosen.release.value
    return next((hold.update.release.value for hold in result.holds if hold.until is not None), None)


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
    young = young or soak_of(case).objection_to_digest(update, case.now)
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
