"""Pins that name a range instead of a version, as charts' dependencies do: they are kept as ranges."""

from collections import Counter
from functools import reduce
from typing import Final

from bot.decide.case import Case
from bot.model.pin import Role
from bot.model.update import Candidate, Decision, Undecidable, UpToDate
from bot.versions.ranges import InvalidRangeError, VersionRange
from bot.versions.scheme import Version

_WHOLE: Final = 3


def range_decision(case: Case, value: str) -> Decision | None:
    """The decision on a value that is a range; None: it is none. What matters is whether it lets the newest final version in."""
    version = case.scheme.parse(value)
    is_partial_chart = case.pin.role is Role.CHART and version is not None and len(version.numbers) < _WHOLE
    if case.pin.scheme == "docker" or (version is not None and not is_partial_chart):
        return None
    try:
        written = VersionRange.parse(value)
    except InvalidRangeError:
        return None
    newest = _newest(case)
    if newest is None:
        return Decision(pin=case.pin, verdict=Undecidable(pin=case.pin, reason=f"{value} is a range, and no final version is published"))
    if written.contains(newest):
        found = Candidate(value=newest.raw, verdict="in range", reason=f"the newest; the range {value} lets it in")
        return Decision(pin=case.pin, verdict=UpToDate(pin=case.pin), candidates=(found,))
    reason = f"the range {value} shuts out the newest version, {newest.raw}; ranges are left to their owners"
    found = Candidate(value=newest.raw, verdict="out of range", reason=f"the newest; the range {value} shuts it out")
    return Decision(pin=case.pin, verdict=Undecidable(pin=case.pin, reason=reason), candidates=(found,))


def _newest(case: Case) -> Version | None:
    """The newest final version, on the line that most of them are on."""
    finals = [version for version in map(case.scheme.parse, case.releases) if version is not None and not version.is_prerelease]
    if not finals:
        return None
    line = Counter(version.line for version in finals).most_common(1)[0][0]
    on_line = (version for version in finals if version.line == line)
    return reduce(lambda best, version: version if version.is_newer_than(best) else best, on_line)
