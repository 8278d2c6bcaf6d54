"""What is missing from a list decides nothing: the value in use, or the one that an open pull request asks for."""

from dataclasses import dataclass
from enum import Enum, auto

from bot.decide.case import Case
from bot.decide.reading import is_oci_chart
from bot.decide.values import Judgement
from bot.model.dependency import OCI, Release
from bot.model.image import is_tag
from bot.model.listing import DatasourceError, NotListedError
from bot.model.update import Candidate, Frozen, Undecidable, Unknown, Verdict
from bot.versions.ranking import Ranking, Relation
from bot.versions.scheme import Version


class _Fate(Enum):
    """What the place says of one value that its list lacks."""

    THERE = auto()
    GONE = auto()
    UNTOLD = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """What missing values come to."""

    verdict: Verdict | None = None
    """Takes the place of any other; None: the list decides."""
    remarks: tuple[Candidate, ...] = ()


def missing(case: Case, ranking: Ranking, judgement: Judgement) -> Missing:
    """What follows from values that the list lacks.

    An update never goes below what an open pull request asks for, unless the place says that exactly this value is gone, or a rule
    refuses it. A value in use that is no longer listed while nothing newer is means that the list shrank.
    """
    remarks: list[Candidate] = []
    for value in sorted(case.asked):
        found = _asked_for(case, ranking, judgement, value)
        if found.verdict is not None:
            return found
        remarks += found.remarks
    return Missing(verdict=_in_use(case, ranking), remarks=tuple(remarks))


def _asked_for(case: Case, ranking: Ranking, judgement: Judgement, value: str) -> Missing:
    version = case.scheme.parse(value)
    if ranking.current is None or version is None or version.line != ranking.current.line or not version.is_newer_than(ranking.current):
        return Missing()
    chosen = None if judgement.chosen is None else case.scheme.parse(judgement.chosen.release.value)
    if chosen is not None and not version.is_newer_than(chosen):
        return Missing()
    if value in case.releases:
        held = next((hold for hold in judgement.holds if hold.update.release.value == value), None)
        return Missing(verdict=held)
    if _fate(case, value) is _Fate.GONE:
        reason = f"{value}, which an open pull request asks for, is not published any more"
        return Missing(remarks=(Candidate(value=value, verdict="withdrawn", reason=reason),))
    return Missing(verdict=Frozen(pin=case.pin, reason=_reason(case, value, "which an open pull request asks for", chosen)))


def _in_use(case: Case, ranking: Ranking) -> Verdict | None:
    pin, value = case.pin, None if ranking.current is None else ranking.current.raw
    is_passed = any(entry.relation is Relation.NEWER for entry in ranking.entries)
    # Only of images is known that each that is there is listed: of GitHub's releases, tags may be pinned as well.
    if value is None or value in case.releases or is_passed or not (value in case.lost or pin.dependency.datasource == OCI):
        return None
    try:
        fate = _fate(case, value, raises=True)
    except DatasourceError as error:
        return Unknown(pin=pin, reason=str(error))
    if fate is _Fate.GONE:
        gone = "is not published any more" if value in case.lost else "is not there"
        rest = "nothing newer of its line is listed" if case.releases else "nothing is listed"
        return Undecidable(pin=pin, reason=f"{value}, which is in use, {gone}, and {rest}")
    return Frozen(pin=pin, reason=_reason(case, value, "which is in use", None, shrank=value in case.lost))


def _fate(case: Case, value: str, *, raises: bool = False) -> _Fate:
    pin = case.pin
    if pin.extract_version is not None:
        return _Fate.UNTOLD
    published = value.replace("+", "_") if is_oci_chart(pin) else value
    if pin.dependency.datasource == OCI and not is_tag(published):
        return _Fate.GONE
    try:
        case.described(value, Release(dependency=pin.dependency, value=published))
    except NotListedError:
        return _Fate.GONE
    except DatasourceError:
        if raises:
            raise
        return _Fate.UNTOLD
    return _Fate.THERE


def _reason(case: Case, value: str, what: str, chosen: Version | None, *, shrank: bool = True) -> str:
    """`shrank`: the value is known to have been listed before."""
    listed = f"{len(case.releases)} listed" if case.releases else "nothing is listed"
    best = f", {chosen.raw} the newest of them that may go out" if chosen is not None else ""
    if not shrank:
        return f"the list lacks {value}, {what} ({listed}); nothing is concluded until it is there"
    return f"the list shrank: {value}, {what}, is not in it ({listed}{best}); nothing is concluded until it is there again"
