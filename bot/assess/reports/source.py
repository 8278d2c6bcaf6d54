"""The reports that lie in a folder, as one source of holes: each speaks only of the image that it names."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from bot.assess.packages import Known
from bot.assess.reports.report import Report, SpokenBy, findings
from bot.assess.source import Told
from bot.model.assessment import DataSource, Hole, NotChecked
from bot.model.contents import Contents, Package

_NEVER: Final = datetime.min.replace(tzinfo=UTC)
_UNCOVERED: Final = "no report on the image says that it compared them; let Trivy list all packages, or set `assess.advisories`"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportsSource:
    """Satisfies HoleSource. Of several reports of one form on the same image the newest is used: what an older one told may be mended."""

    reports: Sequence[Report]

    def told(self, contents: Contents) -> Told | None:
        used = list(_newest((report, by) for report in self.reports if (by := report.image.spoken_of(contents))))
        if not used:
            return None
        known = Known.of(contents.packages)
        holes = [hole for report, by in used for hole in _holes(report, by, known)]
        checked = {package for report, by in used for package in _checked(report, by, contents, known)}
        return Told(
            holes=tuple(dict.fromkeys(holes)),
            checked=tuple(package for package in contents.packages if package in checked),
            not_checked=(*(missing for report, by in used for missing in _not_checked(report, by, known)), *_uncovered(contents, checked)),
            data=tuple(data for report, by in used for data in _data(report, by)),
            statements=tuple(
                replace(statement, products=(contents.digest,), at=statement.at or report.made_at)
                for report, by in used
                if by.is_certain
                for statement in report.statements
            ),
        )


def _newest(used: Iterable[tuple[Report, SpokenBy]]) -> Iterator[tuple[Report, SpokenBy]]:
    """Of each form the newest; one that is certainly of the image comes before any that is not."""
    ordered = sorted(used, key=lambda found: (found[1].is_certain, found[0].made_at or _NEVER))
    return iter({report.form: (report, by) for report, by in ordered}.values())


def _holes(report: Report, by: SpokenBy, known: Known) -> Iterator[Hole]:
    """The report's holes, with the image's own packages where they are among them.

    Others are kept as the report names them, where it is certainly of this image; else they are another image's.
    """
    for hole in report.holes:
        own = known.meant(hole.package)
        source = hole.source if by.is_certain else f"{hole.source}, {by.value}"
        for package in own or ((hole.package,) if by.is_certain else ()):
            yield replace(hole, package=package, source=source)


def _checked(report: Report, by: SpokenBy, contents: Contents, known: Known) -> Iterator[Package]:
    """The packages that it compared. Where it may be of another image only those that it names at their version are certain."""
    for package in (*report.coverage.packages, *(hole.package for hole in report.holes)):
        yield from known.meant(package)
    for package in contents.packages if by.is_certain else ():
        if package.type in report.coverage.types or (package.type, package.path) in report.coverage.files:
            yield package


def _not_checked(report: Report, by: SpokenBy, known: Known) -> Iterator[NotChecked]:
    yield from report.not_checked
    if by.is_certain:
        return
    yield NotChecked(what=f"whether {report} is of this very image", reason=f"it names the image {by.value}; scan the image by its digest")
    strange = sum(1 for hole in report.holes if not known.meant(hole.package))
    if strange:
        reason = "their packages are not in this image at that version, so it was another"
        yield NotChecked(what=f"{findings(strange)} in {report}", reason=reason)


def _uncovered(contents: Contents, checked: set[Package]) -> Iterator[NotChecked]:
    """The packages of the image that no report on it covers, by type."""
    missing: dict[str, list[Package]] = {}
    for package in contents.packages:
        if package not in checked:
            missing.setdefault(package.type, []).append(package)
    for kind, packages in sorted(missing.items()):
        what = f"{len(packages)} {kind} package{'s' * (len(packages) > 1)}"
        yield NotChecked(packages=tuple(packages), what=what, reason=_UNCOVERED)


def _data(report: Report, by: SpokenBy) -> Iterator[DataSource]:
    name = str(report) if by.is_certain else f"{report} ({by.value})"
    yield DataSource(name=name, as_of=report.made_at)
    if report.database is not None:
        yield replace(report.database, name=f"{report.database.name} of {report.where}")
