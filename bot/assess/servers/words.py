"""What Clair writes where others have a name: an advisory's with its title behind, a title alone, the CVE in an address beside it."""

from typing import Final

import re2  # type: ignore[import-untyped]

from bot.assess.osv.severity import severity_of_vector
from bot.model.severity import Severity

_CVE: Final = re2.compile(r"CVE-[0-9]{4}-[0-9]{4,12}")
_ADVISORY: Final = re2.compile(r"[A-Za-z][A-Za-z0-9.]{0,30}-[A-Za-z0-9:._-]*[0-9][A-Za-z0-9:._-]*")
_MAX_NAME: Final = 200
_SCALE: Final = ((9, Severity.CRITICAL), (7, Severity.HIGH), (4, Severity.MEDIUM))
_MAX_SCORE: Final = 10
_OF_ONE_HOLE: Final = ("GHSA-", "GO-", "PYSEC-", "RUSTSEC-")


def names_in(name: str, links: str) -> tuple[str, list[str]]:
    """The id and the other names of one entry, for `bot.assess.reports.report.named`.

    `RHSA-2024:0119: libxml2 security update (Moderate)` with the CVEs that its links lead to; `CVE-2018-1000880 libarchive: ...`;
    `pyup.io-39606 (CVE-2020-36242)`; `curl: information disclosure (moderate)`, whose only name is in its link.
    """
    first = name.split(maxsplit=1)[0].rstrip(":") if name.split() else ""
    if _CVE.fullmatch(first):
        return first, []
    cves = list(dict.fromkeys(_CVE.findall(name) or _CVE.findall(links)))
    if first.startswith(_OF_ONE_HOLE) and len(cves) > 1:
        # Links of one hole lead to others that are like it.
        cves = []
    if _ADVISORY.fullmatch(first):
        return first, cves
    return (cves[0], cves[1:]) if cves else (name[:_MAX_NAME], [])


def of_score(score: object) -> Severity:
    """By a CVSS base score (CVSS 3.1, table 14: the rating scale); unknown for 0, which is also written where nothing was rated."""
    if isinstance(score, bool) or not isinstance(score, int | float) or not 0 < score <= _MAX_SCORE:
        return Severity.UNKNOWN
    return next((severity for least, severity in _SCALE if score >= least), Severity.LOW)


def rated(severity: Severity, vector: str) -> Severity:
    """The word, else by the vector's base score."""
    return severity if severity is not Severity.UNKNOWN else severity_of_vector(vector)
