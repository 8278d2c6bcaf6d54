"""The known holes of an image, whose word each is, and what could not be checked."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from bot.model.contents import Contents, Package
from bot.model.severity import Severity


class FixState(StrEnum):
    """What is known of a fix. Unknown is not "no fix": nobody said."""

    UNKNOWN = "unknown"
    AVAILABLE = "available"
    NOT_YET = "no fix yet"
    """Affected, and no version with a fix is known."""
    INVESTIGATED = "under investigation"
    DEFERRED = "fix deferred"
    WILL_NOT_FIX = "will not be fixed"
    END_OF_LIFE = "end of life"
    """The distribution or the package is cared for no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """How bad a hole is in the word of one source."""

    by: str
    """The name of its data (`DataSource.name`)."""
    severity: Severity
    trust: int | None = None
    """The place of a scanner's server in the order of trust, 0 for the first; None: data that the bot compares by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """One known vulnerability of one package in an image, its aliases merged. Texts are their publishers' own: hostile."""

    id: str
    """The CVE where it has one, else the advisory's own name."""
    aliases: tuple[str, ...] = ()
    """Its other names: those of the advisories that speak of it alone. An announcement of several holes stands in `source`."""
    package: Package
    severity: Severity = Severity.UNKNOWN
    cvss: str = ""
    """The vector (`CVSS:3.1/AV:N/…`) of the newest CVSS version that is told; empty: none is."""
    fixed_in: str = ""
    """The first version of the package's line with the fix, as its advisories write it (of the source package where they speak of that);
    empty: none is known."""
    fix_state: FixState = FixState.UNKNOWN
    """What its publisher, or the scanner, says of a fix; unknown also where nothing was told beside `fixed_in`."""
    fix_known_since: datetime | None = None
    """When the fix was announced; None: not told, or there is no fix."""
    exploited_since: date | None = None
    """When it was listed as exploited in the wild; None: not listed, or no list was read."""
    exploit_probability: float | None = None
    """EPSS: how likely it is to be exploited within 30 days, 0 to 1; None: not told."""
    summary: str = ""
    source: str
    """Whose word it is that the package has it: `OSV DEBIAN-CVE-2024-2961`, `Trivy report`."""
    told_by: tuple[str, ...] = ()
    """The names of the data (`DataSource.name`) that tell of it; the assessor fills it in."""
    ratings: tuple[Rating, ...] = ()
    """What each of them says of how bad it is, in the order of trust; the assessor fills it in."""
    silent: tuple[str, ...] = ()
    """The names of scanners' servers that compared the package and do not tell of it; the assessor fills it in."""

    @property
    def names(self) -> frozenset[str]:
        """Every name that it goes by."""
        return frozenset((self.id, *self.aliases))

    @property
    def disagreement(self) -> str:
        """Who says what, the most trusted one first; empty: all who were asked agree, or do not rate it.

        `Harbor says low, Quay and OSV high; Clair does not tell of it`, or `Quay and OSV tell of it, Clair does not`.
        """
        said: dict[Severity, list[str]] = {}
        for rating in self.ratings:
            if rating.severity is not Severity.UNKNOWN and rating.by not in said.get(rating.severity, ()):
                said.setdefault(rating.severity, []).append(rating.by)
        words = [f"{_and(by)} {'' if number else _says(by)}{severity.value}" for number, (severity, by) in enumerate(said.items())]
        silent = f"{_and(self.silent)} {'does' if len(self.silent) == 1 else 'do'} not" if self.silent else ""
        if len(said) > 1:
            return "; ".join(filter(None, [", ".join(words), f"{silent} tell of it" if silent else ""]))
        by = list(dict.fromkeys(rating.by for rating in self.ratings))
        return f"{_and(by)} {'tells' if len(by) == 1 else 'tell'} of it, {silent}" if silent and by else ""


def _and(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _says(names: Sequence[str]) -> str:
    return "says " if len(names) == 1 else "say "


def worst_first(hole: Hole) -> tuple[bool, int, bool, str, str]:
    """A key to sort holes by: exploited ones, then by severity, then those with a fix."""
    return (hole.exploited_since is None, -hole.severity.rank, not hole.fixed_in, hole.id, hole.package.name)


Vulnerability = tuple[Hole, ...]
"""The holes that are one vulnerability, in each of the packages that have it; the worst first."""


def vulnerabilities(holes: Iterable[Hole]) -> tuple[Vulnerability, ...]:
    """The holes by vulnerability, the worst first: those that share a name are one."""
    groups: dict[int, list[Hole]] = {}
    places: dict[str, int] = {}
    for number, hole in enumerate(holes):
        same = sorted({places[name] for name in hole.names if name in places})
        place = same[0] if same else number
        members = [member for other in same for member in groups.pop(other)]
        groups[place] = [*members, hole]
        places.update({name: place for member in groups[place] for name in member.names})
    return tuple(sorted((tuple(sorted(group, key=worst_first)) for group in groups.values()), key=lambda group: worst_first(group[0])))


def fix_of(one: Vulnerability) -> str:
    """The versions with the fix, else what is said of one: `will not be fixed`, `no fix known`."""
    versions = dict.fromkeys(hole.fixed_in for hole in one if hole.fixed_in)
    states = [hole.fix_state.value for hole in one if hole.fix_state not in {FixState.UNKNOWN, FixState.AVAILABLE}]
    return ", ".join(versions) or next(iter(states), "no fix known")


def disagreement_of(one: Vulnerability) -> str:
    """What sources say of how bad it is where they differ (`Harbor says low, OSV high`); empty: they do not."""
    return next(filter(None, (hole.disagreement for hole in one)), "")


def counted(found: Sequence[Vulnerability]) -> str:
    """`(1 critical, 2 high, 1 of unknown severity; 1 exploited in the wild)`; empty where there are none."""
    if not found:
        return ""
    counts = Counter(max((hole.severity for hole in group), key=lambda severity: severity.rank) for group in found)
    rated = [f"{counts[each]} {each.value}" for each in reversed(Severity) if counts[each] and each is not Severity.UNKNOWN]
    unrated = [f"{counts[Severity.UNKNOWN]} of unknown severity"] if counts[Severity.UNKNOWN] else []
    exploited = sum(any(hole.exploited_since for hole in group) for group in found)
    return f"({', '.join([*rated, *unrated])}{f'; {exploited} exploited in the wild' if exploited else ''})"


class VexStatus(StrEnum):
    """What a VEX statement says of a product and a vulnerability (OpenVEX spec, status labels)."""

    NOT_AFFECTED = "not_affected"
    AFFECTED = "affected"
    FIXED = "fixed"
    UNDER_INVESTIGATION = "under_investigation"


@dataclass(frozen=True, slots=True, kw_only=True)
class VexStatement:
    """Somebody's word on whether products have a hole. Only that they are not affected, or fixed, takes a hole away."""

    names: frozenset[str]
    """Of the vulnerability: its id and aliases."""
    products: tuple[str, ...]
    """Package URLs, image references or `repository@digest`, as written."""
    subcomponents: tuple[str, ...] = ()
    """Package URLs inside the products; empty: the products as a whole."""
    status: VexStatus
    reason: str = ""
    """The justification, in its own words."""
    author: str = ""
    at: datetime | None = None
    where: str
    """The document: its file or attachment."""

    def __str__(self) -> str:
        """`Acme says 'not affected' in acme.vex.json`."""
        return f"{self.author or 'somebody without a name'} says {self.status.value.replace('_', ' ')!r} in {self.where}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dismissed:
    """A hole that a statement takes away: shown, with whose word that is."""

    hole: Hole
    statement: VexStatement


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSource:
    """What packages were checked against."""

    name: str
    """`OSV`, `OSV mirror`, `Trivy report`."""
    as_of: datetime | None
    """Of what day its data is; None: it does not say."""

    def __str__(self) -> str:
        return f"{self.name} of {self.as_of:%Y-%m-%d}" if self.as_of else f"{self.name} of an unknown day"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotChecked:
    """Packages of which nobody knows whether they have holes."""

    packages: tuple[Package, ...] = ()
    """Empty: what they are is not known either (a layer that was not read)."""
    what: str
    """`14 golang packages`, `the layer 3`."""
    reason: str
    """With the remedy, where there is one."""

    is_failure: bool = False
    """Something failed that could have told; else nobody has data on it, or it is a warning."""

    def __str__(self) -> str:
        return f"{self.what}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """The known holes of one image on one platform. Never "none" without "of what": `checked`, `data` and `not_checked` belong to it."""

    holes: tuple[Hole, ...] = ()
    """Worst first."""
    dismissed: tuple[Dismissed, ...] = ()
    checked: tuple[Package, ...] = ()
    """The packages that were compared with some data."""
    checked_by: Mapping[str, frozenset[Package]] = field(default_factory=dict)
    """The same by the name of the data; a name that is not there checked them all."""
    data: tuple[DataSource, ...] = ()
    marks: tuple[DataSource, ...] = ()
    """What tells of holes that are exploited; empty: nobody was asked."""
    not_checked: tuple[NotChecked, ...] = ()

    @property
    def severity(self) -> Severity:
        """Of the worst hole; unknown where none is known."""
        return max((hole.severity for hole in self.holes), key=lambda severity: severity.rank, default=Severity.UNKNOWN)

    def __str__(self) -> str:
        """`3 holes (1 critical, 2 high) known in 88 packages checked against OSV of 2026-06-01; not checked: 14 golang packages`."""
        gaps = f"; not checked: {', '.join(gap.what for gap in self.not_checked[:3])}" if self.not_checked else ""
        more = f" and {len(self.not_checked) - 3} more" if len(self.not_checked) > 3 else ""  # noqa: PLR2004 - as many as are named
        found = vulnerabilities(self.holes)
        if not self.checked and not found:
            return f"no package could be checked for holes{gaps}{more}"
        known = f"{_number(len(found), 'hole')} {counted(found)} known" if found else "no hole known"
        away = f", {len(self.dismissed)} taken away by statements" if self.dismissed else ""
        data = f" against {', '.join(map(str, self.data))}" if self.data else ""
        of = f" in {_number(len(self.checked), 'package')} checked" if self.checked else "; no package could be checked wholly"
        return f"{known}{away}{of}{data}{gaps}{more}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessedImage:
    """An image that was opened, with its known holes."""

    contents: Contents
    assessment: Assessment


@dataclass(frozen=True, slots=True, kw_only=True)
class HoleChanges:
    """What becomes of known holes between two images. A vulnerability counts once, whatever number of packages has it."""

    closed: tuple[Vulnerability, ...] = ()
    """Of the old image, certainly not in the new one."""
    left: tuple[Vulnerability, ...] = ()
    """In both, as the new one has them."""
    brought: tuple[Vulnerability, ...] = ()
    """Of the new image, certainly not in the old one."""
    unclear: tuple[Vulnerability, ...] = ()
    """Known of one of them; of the other it could not be checked."""
    dismissed: tuple[Dismissed, ...] = ()
    """Of the old image, and of the new one taken away by somebody's word."""
    taken_away: tuple[Dismissed, ...] = ()
    """Of the old image, by somebody's word: an update closes nothing there."""
    data: tuple[DataSource, ...] = ()
    """What both were checked against."""
    marks: tuple[DataSource, ...] = ()
    """What tells of holes that are exploited."""
    checked: int = 0
    """How many packages were checked, of the image of which fewer were."""
    not_checked: tuple[str, ...] = ()
    """Of both, with which one it is."""
    has_failed: bool = False
    """Whether something failed that could have told more."""
    has_unchecked_changes: bool = False
    """Whether a package changes, comes or goes that was not checked where it is."""

    @property
    def is_known(self) -> bool:
        """Whether both images were checked against the same data at all."""
        return bool(self.data) and self.checked > 0

    @property
    def severity(self) -> Severity:
        """Of the worst hole that is closed; unknown where none is known to be."""
        return max((hole.severity for one in self.closed for hole in one), key=lambda severity: severity.rank, default=Severity.UNKNOWN)

    @property
    def exploited_since(self) -> date | None:
        """When the first hole that is closed was listed as exploited in the wild; None: none is known to be."""
        return min((hole.exploited_since for one in self.closed for hole in one if hole.exploited_since is not None), default=None)

    @property
    def closes(self) -> str:
        """`closes 3 holes (1 critical, 2 high)`."""
        return f"closes {_number(len(self.closed), 'hole')} {counted(self.closed)}" if self.closed else "closes no known hole"

    def __str__(self) -> str:
        """`closes 3 holes (1 critical, 2 high; 1 exploited in the wild), leaves 5 (5 low), brings none known`."""
        if not self.is_known:
            why = "the packages could not be checked" if self.not_checked else "the two images could not be checked against the same data"
            return f"which holes it closes is not known: {why}"
        unclear = f"; of {len(self.unclear)} it is not clear" if self.unclear else ""
        unclear += f"; {len(self.dismissed)} taken away by statements" if self.dismissed else ""
        gaps = "; not everything could be checked" if self.not_checked else ""
        if not (self.closed or self.left or self.brought):
            return f"no hole is known in either image{unclear}{gaps}"
        said = [
            self.closes,
            f"leaves {len(self.left)} {counted(self.left)}" if self.left else "leaves none known",
            f"brings {len(self.brought)} {counted(self.brought)}" if self.brought else "brings none known",
        ]
        return f"{', '.join(said)}{unclear}{gaps}"


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
