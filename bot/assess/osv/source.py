"""OSV as a source of holes: asked once for all packages of an image, its records matched and merged here."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final

from bot.assess.age import OF_ADVISORIES, gaps
from bot.assess.osv.advisory import Advisory, Unreadable, advisory_of
from bot.assess.osv.distributions import OF_DISTRIBUTIONS, has_pro, shown, tells_fixed_alone, tells_source
from bot.assess.osv.holes import Finding, holes_of
from bot.assess.osv.matching import Verdict, match
from bot.assess.osv.names import subject_of
from bot.assess.osv.query import Advisories, Answer, Record
from bot.assess.osv.subject import CannotAsk, Place, Subject, pypi_name
from bot.assess.source import Told
from bot.model.assessment import DataSource, Hole, NotChecked, worst_first
from bot.model.contents import Contents, KnownBy, OperatingSystem, Package

_MAX_NAMED: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class OsvSource:
    """Holes as OSV's records tell them."""

    advisories: Advisories
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    progress: Callable[[str, int, int], None] = lambda *_: None

    def told(self, contents: Contents) -> Told | None:
        """The holes of all packages, those declared alone among them; None where no package is known."""
        if not contents.packages:
            return None
        system = contents.operating_system
        tell = any(package.known_by is KnownBy.DECLARED and tells_source(package) for package in contents.packages)
        asked = [(package, subject_of(package, system, bills_tell_sources=tell)) for package in contents.packages]
        subjects = [subject for _, subject in asked if isinstance(subject, Subject)]
        queries = tuple(dict.fromkeys(query for subject in subjects for query in subject.queries))
        if not queries:
            return Told(not_checked=_grouped((package, subject.reason) for package, subject in asked if isinstance(subject, CannotAsk)))
        answer = self.advisories.ask(queries, self.progress)
        reading = _Reading(
            answer=answer,
            now=self.now(),
            places=_by_name(subjects),
            has_pro=any(map(has_pro, contents.packages)),
        )
        holes: list[Hole] = []
        checked: list[Package] = []
        left: list[tuple[Package, str]] = []
        for package, subject in asked:
            if isinstance(subject, CannotAsk):
                left.append((package, subject.reason))
                continue
            found, reasons = reading.read(subject)
            holes.extend(found)
            left.extend((package, reason) for reason in reasons)
            if not reasons:
                checked.append(package)
        return Told(
            holes=tuple(sorted(holes, key=worst_first)),
            checked=tuple(checked),
            not_checked=(
                *_grouped(left, failures=frozenset(answer.failed.values())),
                *_unknown(system, subjects, answer),
                *_aged(answer, reading.now),
            ),
            # Who answered nothing at all has nothing been compared with.
            data=(DataSource(name=answer.name, as_of=answer.as_of),) if answer.records else (),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """One answer, each record of it read once."""

    answer: Answer
    now: datetime
    places: Mapping[str, Sequence[Place]]
    """All that were asked of, by name: of what records say of others nothing is read."""
    has_pro: bool
    known: dict[int, Advisory | Unreadable] = field(default_factory=dict)

    def read(self, subject: Subject) -> tuple[tuple[Hole, ...], list[str]]:
        """The holes of a package, and why more than these may be there."""
        failed = [self.answer.failed.get(query, "the answer lacks it") for query in subject.queries if query not in self.answer.records]
        records = {id(record): record for query in subject.queries for record in self.answer.records.get(query, ())}
        findings: list[Finding] = []
        doubts: dict[str, list[str]] = {}
        for advisory in map(self._read, records.values()):
            if isinstance(advisory, Unreadable):
                doubts.setdefault(f"a record can't be read ({advisory.reason})", []).append(advisory.name)
                continue
            matched = match(advisory, subject, now=self.now)
            if matched.verdict in {Verdict.AFFECTED, Verdict.MENDED}:
                findings.append(Finding(advisory=advisory, match=matched))
            elif matched.verdict is Verdict.NOT_CERTAIN:
                doubts.setdefault(matched.reason, []).append(advisory.id)
        reasons = [*dict.fromkeys(failed), *(f"{reason}: {_some(names)}".rstrip(": ") for reason, names in doubts.items())]
        return holes_of(subject.package, findings, store=self.answer.name, has_pro=self.has_pro), reasons

    def _read(self, record: Record) -> Advisory | Unreadable:
        key = id(record)
        if key not in self.known:
            self.known[key] = advisory_of(record, self._is_wanted)
        return self.known[key]

    def _is_wanted(self, ecosystem: str, name: str) -> bool:
        """Of a family that is asked as a whole all releases, as what one says may count for another."""
        places = self.places.get(name) or (self.places.get(pypi_name(name), ()) if ecosystem == "PyPI" else ())
        return any(place.holds(ecosystem) or (place.only is not None and ecosystem.startswith(f"{place.ecosystem}:")) for place in places)


def _by_name(subjects: Iterable[Subject]) -> Mapping[str, Sequence[Place]]:
    places: dict[str, dict[Place, None]] = {}
    for subject in subjects:
        for place in subject.places:
            places.setdefault(place.name, {})[place] = None
    return {name: tuple(some) for name, some in places.items()}


def _unknown(system: OperatingSystem | None, subjects: Iterable[Subject], answer: Answer) -> Iterator[NotChecked]:
    """What the records of a distribution leave out, whatever its packages: they are checked by the rest."""
    if system is None or not any(subject.package.type in OF_DISTRIBUTIONS for subject in subjects):
        return
    name = shown(system)
    if tells_fixed_alone(system):
        reason = f"of {name} OSV holds what is fixed alone; give a scanner's report of the image"
        yield NotChecked(what="holes without a fix", reason=reason)
    until: date | None = max(filter(None, (system.end_of_life, system.extended_until)), default=None)
    if until is not None and answer.as_of is not None and answer.as_of.date() > until:
        reason = f"{name} is cared for until then, and what is found later is told of newer releases alone; move to one"
        yield NotChecked(what=f"holes found since {until}", reason=reason)


def _aged(answer: Answer, now: datetime) -> Iterator[NotChecked]:
    remedy = answer.refreshed or "by asking again"
    return gaps(answer.name, (answer.as_of, answer.newest), now=now, stays=OF_ADVISORIES, remedy=remedy)


def _some(names: Iterable[str]) -> str:
    named = list(dict.fromkeys(filter(None, names)))
    return ", ".join(named[:_MAX_NAMED]) + (f" and {len(named) - _MAX_NAMED} more" if len(named) > _MAX_NAMED else "")


def _grouped(left: Iterable[tuple[Package, str]], *, failures: frozenset[str] = frozenset()) -> tuple[NotChecked, ...]:
    """By reason and kind of package; `failures` are the reasons of what could not be had of the store."""
    groups: dict[tuple[str, str], list[Package]] = {}
    for package, reason in left:
        groups.setdefault((package.type, reason), []).append(package)
    return tuple(
        NotChecked(
            packages=tuple(packages),
            what=f"{len(packages)} {kind} package{'s' if len(packages) > 1 else ''}",
            reason=reason,
            is_failure=reason in failures,
        )
        for (kind, reason), packages in groups.items()
    )
