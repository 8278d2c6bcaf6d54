"""How bad a hole is: its publisher's own word first, then the newest CVSS vector."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from cvss import CVSS2, CVSS3, CVSS4
from cvss.exceptions import CVSSError

from bot.assess.osv.advisory import Advisory, Rating
from bot.model.severity import Severity

_WORDS: Final = {
    "negligible": Severity.LOW,
    "unimportant": Severity.LOW,
    "none": Severity.LOW,
    "low": Severity.LOW,
    "minor": Severity.LOW,
    "medium": Severity.MEDIUM,
    "moderate": Severity.MEDIUM,
    "high": Severity.HIGH,
    "important": Severity.HIGH,
    "critical": Severity.CRITICAL,
}
"""Of Ubuntu (ubuntu.com/security/cves/about#priority), Debian (security-team.debian.org/security_tracker.html#severity-levels), Red Hat and
those who rebuild it (access.redhat.com/security/updates/classification), SUSE and GitHub. What is below `low` is low: there is no word
for it here. `untriaged`, `not yet assigned` and `end-of-life` rate nothing."""
_WORD_TYPES: Final = ("Ubuntu", "urgency", "severity")
_HEADED: Final = ("ALSA-", "RLSA-", "RXSA-", "RHSA-", "SUSE-SU-", "openSUSE-SU-")
"""Announcements whose summary begins with their word (`Moderate: libtiff security update`)."""
_MAX_VECTOR: Final = 300
_V2_MEDIUM, _V2_HIGH = 4, 7
"""CVSS v2 has no words of its own; these are NVD's (nvd.nist.gov/vuln-metrics/cvss)."""


def word_of(advisory: Advisory, of_package: tuple[Rating, ...]) -> Severity:
    """The publisher's own word, the one on this package first; unknown where it has none."""
    ratings = (*of_package, *advisory.ratings)
    for kind in _WORD_TYPES:
        for rating in ratings:
            severity = _WORDS.get(rating.score.lower().rstrip("*"), Severity.UNKNOWN) if rating.type == kind else Severity.UNKNOWN
            if severity is not Severity.UNKNOWN:
                return severity
    head, colon, _ = advisory.summary.partition(":")
    return _WORDS.get(head.strip().lower(), Severity.UNKNOWN) if colon and advisory.id.startswith(_HEADED) else Severity.UNKNOWN


def newest_vector(ratings: Iterable[Rating]) -> str:
    """The first valid vector of the newest CVSS version among them; empty: none."""
    valid = [rating.score for rating in ratings if len(rating.score) <= _MAX_VECTOR and _severity(rating.score) is not None]
    return max(valid, key=_version, default="")


def severity_of_vector(vector: str) -> Severity:
    """By its base score; unknown where it is no valid vector."""
    return _severity(vector) or Severity.UNKNOWN


def _version(vector: str) -> str:
    return vector.partition("/")[0] if vector.startswith("CVSS:") else ""


@lru_cache(maxsize=4096)
def _severity(vector: str) -> Severity | None:
    try:
        match _version(vector):
            case "CVSS:4.0":
                return _WORDS[CVSS4(vector).severity.lower()]
            case "CVSS:3.0" | "CVSS:3.1":
                return _WORDS[CVSS3(vector).severities()[0].lower()]
            case "":
                score = CVSS2(vector).base_score
                return Severity.HIGH if score >= _V2_HIGH else Severity.MEDIUM if score >= _V2_MEDIUM else Severity.LOW
            case _:
                return None
    except (CVSSError, KeyError, ValueError, ArithmeticError, AttributeError):
        return None
