"""What the records say of one package, made into its holes: each once, by the name of its CVE where it has one."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.assess.osv.advisory import Advisory
from bot.assess.osv.matching import Match, Verdict
from bot.assess.osv.ranges import newest, oldest, order_of
from bot.assess.osv.severity import newest_vector, severity_of_vector, word_of
from bot.model.assessment import FixState, Hole
from bot.model.contents import Package
from bot.model.severity import Severity

_CVE: Final = re.compile(r"(?:[A-Z]+-)?(CVE-\d{4}-\d{4,10})", re.ASCII)
"""Distributions put their name before it for a record of theirs: `DEBIAN-CVE-2024-2961`."""
_ANNOUNCEMENT: Final = re.compile(r"(?:DSA|DLA|DTSA|USN|LSN|RHSA|RLSA|RXSA|ALSA|SUSE-SU|openSUSE-SU)-", re.ASCII)
"""Of fixed packages: it speaks of as many holes as it mends."""
_NO_SECURITY: Final = re.compile(r"(?:RHBA|RHEA|RLBA|RLEA|ALBA|ALEA|SUSE-(?:RU|FU|OU)|openSUSE-(?:RU|FU|OU))-", re.ASCII)
"""Announcements of mended bugs and new features: they tell of a hole only where they name it."""

_MOST_NAMED: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A record that says of a package that it is affected, or that it is mended."""

    advisory: Advisory
    match: Match

    @property
    def is_announcement(self) -> bool:
        return bool(_ANNOUNCEMENT.match(self.advisory.id) or _NO_SECURITY.match(self.advisory.id))

    @property
    def is_of_one_hole(self) -> bool:
        """Else its id is the name of none: holes that share a name are one."""
        return len(_spoken_of(self.advisory)) == 1


def holes_of(package: Package, findings: Sequence[Finding], *, store: str, has_pro: bool) -> tuple[Hole, ...]:
    """The holes of one package. `store`: what the records were asked of; `has_pro`: whether the image gets the fixes of Ubuntu Pro.

    Announcements mend the same hole again in each minor release: one whose fix is in outweighs the others, never the CVE's own record.
    """
    groups = _merged(finding for finding in findings if finding.match.verdict is Verdict.AFFECTED)
    mended = {
        name
        for finding in findings
        if finding.match.verdict is Verdict.MENDED and finding.is_announcement
        for names in _spoken_of(finding.advisory)
        for name in names
    }
    left = (group for group in groups if group.names.isdisjoint(mended) or not all(finding.is_announcement for finding in group.findings))
    return tuple(_hole(package, group, store=store, has_pro=has_pro) for group in left)


@dataclass(slots=True, kw_only=True, eq=False)
class _Group:
    """What speaks of one hole."""

    names: set[str]
    findings: list[Finding]


def _merged(findings: Iterable[Finding]) -> Iterable[_Group]:
    """The holes that records speak of: those that share a name speak of the same."""
    groups: dict[str, _Group] = {}
    for finding in findings:
        for names in _spoken_of(finding.advisory):
            merged = _Group(names=set(names), findings=[])
            for same in dict.fromkeys(groups[name] for name in names if name in groups):
                merged.names |= same.names
                merged.findings += same.findings
            merged.findings.append(finding)
            groups.update(dict.fromkeys(merged.names, merged))
    return dict.fromkeys(groups.values())


def _spoken_of(advisory: Advisory) -> tuple[frozenset[str], ...]:
    """The names of each hole that a record speaks of, CVEs without a distribution's name before them."""
    own = frozenset(map(_plain, (advisory.id, *advisory.aliases)))
    if any(map(_CVE.fullmatch, own)):
        return (own,)
    is_announcement = bool(_ANNOUNCEMENT.match(advisory.id))
    is_other = bool(_NO_SECURITY.match(advisory.id))
    told = advisory.upstream or (advisory.related if is_announcement or is_other else ())
    cves = sorted({name for name in map(_plain, told) if _CVE.fullmatch(name)})
    if len(cves) > 1 or (cves and (is_announcement or is_other)):
        return tuple(frozenset({cve}) for cve in cves)
    if is_other:
        return ()
    return (own,) if is_announcement else (own.union(map(_plain, advisory.upstream)),)


def _plain(name: str) -> str:
    cve = _CVE.fullmatch(name)
    return cve[1] if cve else name


def _hole(package: Package, group: _Group, *, store: str, has_pro: bool) -> Hole:
    about = sorted(group.findings, key=lambda finding: (finding.is_announcement, finding.advisory.id))
    name = min(group.names, key=_by_kind)
    fix = _fix(about, package, has_pro=has_pro)
    is_for_all = has_pro or not fix.match.withheld if fix else False
    fixed_in = fix.match.fixed_in if fix and is_for_all else ""
    severity, vector = _severity(about)
    return Hole(
        id=name,
        aliases=tuple(sorted(group.names.union(finding.advisory.id for finding in about if finding.is_of_one_hole) - {name})),
        package=package,
        severity=severity,
        cvss=vector,
        fixed_in=fixed_in,
        fix_state=_state(about, fixed_in),
        fix_known_since=_announced(fixed_in, about),
        summary=next((finding.advisory.summary for finding in about if finding.advisory.summary), ""),
        source=f"{store} {', '.join(finding.advisory.id for finding in about[:_MOST_NAMED])}"
        + (f" (fixed in {fix.match.fixed_in} for {fix.match.withheld} alone)" if fix and not is_for_all else ""),
    )


def _fix(about: Iterable[Finding], package: Package, *, has_pro: bool) -> Finding | None:
    """The record with the version from which none of them says so; of announcements alone the first that mends it.

    One whose fix is not for everybody counts only where there is no other.
    """
    fixes = [finding for finding in about if finding.match.fixed_in]
    fixes = [finding for finding in fixes if has_pro or not finding.match.withheld] or fixes
    own = {finding.match.fixed_in: finding for finding in fixes if not finding.is_announcement}
    announced = {finding.match.fixed_in: finding for finding in fixes if finding.is_announcement}
    order = order_of(package.type)
    return own.get(newest(own, order)) or announced.get(oldest(announced, order))


def _state(about: Sequence[Finding], fixed_in: str) -> FixState:
    """What the first of them says; a fix that is not for everybody is none yet for others."""
    if fixed_in:
        return FixState.AVAILABLE
    told = (FixState.NOT_YET if finding.match.fixed_in else finding.match.fix_state for finding in about)
    return next((state for state in told if state is not FixState.UNKNOWN), FixState.UNKNOWN)


def _severity(about: Sequence[Finding]) -> tuple[Severity, str]:
    """The first publisher's word, else by the vector; that of an announcement of many is the worst one's: it rates, and is not told."""
    words = (word_of(finding.advisory, finding.match.ratings) for finding in about)
    vector = _vector(finding for finding in about if finding.is_of_one_hole)
    rated = severity_of_vector(vector or _vector(about))
    return next((word for word in words if word is not Severity.UNKNOWN), rated), vector


def _vector(about: Iterable[Finding]) -> str:
    return newest_vector(rating for finding in about for rating in (*finding.match.ratings, *finding.advisory.ratings))


def _by_kind(name: str) -> tuple[bool, bool, str]:
    return (not _CVE.fullmatch(name), not name.startswith("GHSA-"), name)


def _announced(fixed_in: str, about: Iterable[Finding]) -> datetime | None:
    """When the first announcement of that fix was published; a CVE's own record does not tell when it was fixed."""
    moments = (
        finding.advisory.published
        for finding in about
        if fixed_in and finding.is_announcement and finding.match.fixed_in == fixed_in and finding.advisory.published
    )
    return min(moments, default=None)
