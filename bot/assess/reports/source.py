"""The reports that lie in a folder, as one source of holes: each speaks only of the image that it names."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.assess.age import OF_REPORTS, gaps, is_to_come
from bot.assess.packages import OF_DISTRIBUTIONS, Known
from bot.assess.reports.report import Report, SpokenBy, findings
from bot.assess.source import Told
from bot.model.assessment import DataSource, Hole, NotChecked
from bot.model.contents import Contents, Package

_NEVER: Final = datetime.min.replace(tzinfo=UTC)
_SCAN_AGAIN: Final = "by a scan of the image, with the scanner's newest database"
_SAME_BUILD: Final = timedelta(days=1)
"""The clocks of who builds and who scans differ."""
_UNCOVERED: Final = "does not say of them that it compared them; let it list all packages, or set `assess.advisories`"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportsSource:
    """Satisfies HoleSource. Of several reports of one form on the same image the newest is used: what an older one told may be mended.

    One of a time to come is never the newest: it would be for ever.
    """

    reports: Sequence[Report]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    @classmethod
    def by_form(cls, reports: Iterable[Report], now: Callable[[], datetime]) -> "list[ReportsSource]":
        """One for each form: what one scanner compared was not compared by the other."""
        forms: dict[str, list[Report]] = {}
        for report in reports:
            forms.setdefault(report.form, []).append(report)
        return [cls(reports=tuple(of_one), now=now) for of_one in forms.values()]

    def told(self, contents: Contents) -> Told | None:
        now = self.now()
        used = list(_newest(((report, by) for report in self.reports if (by := report.image.spoken_of(contents))), now))
        if not used:
            return None
        known = Known.of(contents.packages)
        holes = [hole for report, by in used for hole in _holes(report, by, known)]
        checked = {package for report, by in used for package in _checked(report, by, contents, known)}
        return Told(
            holes=tuple(dict.fromkeys(holes)),
            checked=tuple(package for package in contents.packages if package in checked),
            not_checked=(
                *(missing for report, by in used for missing in _not_checked(report, by, known)),
                *(missing for report, _ in used for missing in _aged(report, contents, now)),
                *_uncovered(contents, checked, " or ".join(report.form for report, _ in used)),
            ),
            data=tuple(dict.fromkeys(data for report, by in used for data in _data(report, by))),
            statements=tuple(
                replace(statement, products=(contents.digest,), at=statement.at or report.made_at)
                for report, by in used
                if by.is_certain
                for statement in report.statements
            ),
        )


def _newest(used: Iterable[tuple[Report, SpokenBy]], now: datetime) -> Iterator[tuple[Report, SpokenBy]]:
    """Of each form the newest; one that is certainly of the image comes before any that is not."""

    def order(found: tuple[Report, SpokenBy]) -> tuple[bool, datetime]:
        report, by = found
        return by.is_certain, _NEVER if report.made_at is None or is_to_come(report.made_at, now) else report.made_at

    ordered = sorted(used, key=order)
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
    holed = {package for hole in report.holes for package in known.meant(hole.package)}
    yield from holed
    for package in report.coverage.packages:
        yield from known.meant(package)
    types = report.coverage.types | _whole_databases(report, holed)
    for package in contents.packages if by.is_certain else ():
        if package.type in types or (package.type, package.path) in report.coverage.files:
            yield package


def _whole_databases(report: Report, holed: Iterable[Package]) -> frozenset[str]:
    return OF_DISTRIBUTIONS & {package.type for package in holed} if report.coverage.reads_databases_whole else frozenset()


def _not_checked(report: Report, by: SpokenBy, known: Known) -> Iterator[NotChecked]:
    yield from report.not_checked
    if by.is_certain:
        return
    yield NotChecked(what=f"whether {report} is of this very image", reason=f"it names the image {by.value}; scan the image by its digest")
    strange = sum(1 for hole in report.holes if not known.meant(hole.package))
    if strange:
        reason = "their packages are not in this image at that version, so it was another"
        yield NotChecked(what=f"{findings(strange)} in {report}", reason=reason)


def _aged(report: Report, contents: Contents, now: datetime) -> Iterator[NotChecked]:
    """What a report is too old to tell, or its database was; one from before the image was built is none of this image as it is."""
    days = (report.made_at, report.database.as_of if report.database else None)
    late = max((said.at for said in report.statements if is_to_come(said.at, now) and said.at), default=None)
    if late is not None:
        reason = f"some are of {late:%Y-%m-%d}, which is yet to come, and take nothing away; correct the date"
        yield NotChecked(what=f"statements in {report}", reason=reason)
    told = list(gaps(str(report), days, now=now, stays=OF_REPORTS, remedy=_SCAN_AGAIN))
    yield from told
    built = contents.created_at
    if not told and report.made_at is not None and built is not None and report.made_at < built - _SAME_BUILD:
        reason = f"{report} was made before the image was built ({built:%Y-%m-%d}); refresh it {_SCAN_AGAIN}"
        yield NotChecked(what=f"holes found since {report.made_at:%Y-%m-%d}", reason=reason)


def _uncovered(contents: Contents, checked: set[Package], forms: str) -> Iterator[NotChecked]:
    """The packages of the image that no report on it covers, by type."""
    missing: dict[str, list[Package]] = {}
    for package in contents.packages:
        if package not in checked:
            missing.setdefault(package.type, []).append(package)
    for kind, packages in sorted(missing.items()):
        what = f"{len(packages)} {kind} package{'s' * (len(packages) > 1)}"
        yield NotChecked(packages=tuple(packages), what=what, reason=f"the {forms} {_UNCOVERED}")


def _data(report: Report, by: SpokenBy) -> Iterator[DataSource]:
    """By the scanner and the form: reports of two images are the same data. Which file it was stands at each hole."""
    yield DataSource(name=report.form if by.is_certain else f"{report.form} ({by.value})", as_of=report.made_at)
    if report.database is not None:
        yield report.database
