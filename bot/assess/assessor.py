"""Asks everything that knows of holes about an image, and makes one assessment of the answers."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Final

import structlog

from bot.assess.source import HoleSource, Told
from bot.model.assessment import Assessment, DataSource, Dismissed, FixState, Hole, NotChecked, Rating, VexStatement, worst_first
from bot.model.contents import Contents, Package
from bot.model.failure import told as words_of
from bot.model.severity import Severity

log = structlog.get_logger()

_NO_SOURCE: Final = "nothing is configured to check them against; set `assess.advisories`"

_NO_WORD: Final = "no source says that it compared them with anything"


def _as_it_is(hole: Hole) -> Hole:
    return hole


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessor:
    """Makes assessments. Safe to use from several threads if its parts are."""

    sources: Sequence[HoleSource]
    """In the order of trust: of what several tell of one hole, the first word counts."""
    statement_for: Callable[[Contents, Hole, Sequence[VexStatement]], VexStatement | None] = lambda _contents, _hole, _said: None
    """The statement that takes a hole of an image away, also by what sources say of the image; None: none does."""
    marked: Callable[[Hole], Hole] = _as_it_is
    """A hole with what is known of its being exploited."""
    marks: tuple[DataSource, ...] = ()
    """Whose word that is."""

    def assess(self, contents: Contents) -> Assessment:
        """The holes of an image, and what could not be checked. Never raises: a source that fails is told."""
        told = [answer for source in self.sources if (answer := self._ask(source, contents)) is not None]
        said = [statement for answer in told for statement in answer.statements]
        holes, dismissed = [], []
        for hole in _with_silence(_merged(told), told):
            statement = self.statement_for(contents, hole, said)
            if statement is None:
                holes.append(self.marked(hole))
            else:
                dismissed.append(Dismissed(hole=self.marked(hole), statement=statement))
        checked = dict.fromkeys(package for answer in told for package in answer.checked)
        return Assessment(
            holes=tuple(sorted(holes, key=worst_first)),
            dismissed=tuple(sorted(dismissed, key=lambda one: worst_first(one.hole))),
            checked=tuple(checked),
            checked_by=_checked_by(told),
            data=tuple(dict.fromkeys(source for answer in told for source in answer.data)),
            marks=self.marks,
            not_checked=tuple(_not_checked(contents, told, checked)),
        )

    def _ask(self, source: HoleSource, contents: Contents) -> Told | None:
        try:
            return source.told(contents)
        except Exception as error:
            log.exception("assess.source_failed", image=contents.image, source=type(source).__name__)
            reason = f"could not be checked by one source: {words_of(error)}"
            return Told(
                not_checked=(NotChecked(packages=contents.packages, what=_number(contents.packages), reason=reason, is_failure=True),)
            )


def _merged(told: Iterable[Told]) -> Iterator[Hole]:
    """One hole for each package and vulnerability, whatever it is called by whom."""
    found: dict[int, Hole] = {}
    places: dict[tuple[object, ...], int] = {}
    numbers = count()
    for answer in told:
        names = tuple(source.name for source in answer.data)
        by = names[0] if names else ""
        for hole in (_rated(hole, by=by, names=names, trust=answer.trust) for hole in answer.holes):
            keys = [(*_identity(hole.package), name) for name in sorted(hole.names)]
            same = sorted({places[key] for key in keys if key in places})
            place = same[0] if same else next(numbers)
            for other in same:
                # A name that two of them share shows that they are one.
                found[place] = _one_of(found[place], found.pop(other)) if other != place else found[place]
            found[place] = _one_of(found[place], hole) if same else hole
            places = {key: place if known in same else known for key, known in places.items()} if len(same) > 1 else places
            places.update(dict.fromkeys(keys, place))
    yield from found.values()


def _with_silence(holes: Iterable[Hole], told: Iterable[Told]) -> Iterator[Hole]:
    """Each hole with the servers that compared its package and do not tell of it: disagreement is shown, whoever is right."""
    servers = [(answer.data[0].name, frozenset(answer.checked)) for answer in told if answer.trust is not None and answer.data]
    for hole in holes:
        silent = tuple(name for name, checked in servers if name not in hole.told_by and hole.package in checked)
        yield replace(hole, silent=silent) if silent else hole


def _rated(hole: Hole, *, by: str, names: tuple[str, ...], trust: int | None) -> Hole:
    return replace(hole, told_by=names, ratings=(Rating(by=by or hole.source, severity=hole.severity, trust=trust),))


def _identity(package: Package) -> tuple[str, str, str, str, str]:
    return (package.type, package.namespace, package.name, package.version, package.path)


def _one_of(first: Hole, second: Hole) -> Hole:
    """Both words on one hole: the first one's where it says something, and the rating that decides."""
    name = min(first.id, second.id, key=lambda one: not one.startswith("CVE-"))
    ratings = tuple(sorted(dict.fromkeys((*first.ratings, *second.ratings)), key=_by_trust))
    decides = _deciding(ratings)
    rated = first if decides in first.ratings else second
    fixed = first if first.fixed_in else second
    return replace(
        first,
        id=name,
        aliases=tuple(sorted((first.names | second.names) - {name})),
        severity=decides.severity,
        ratings=ratings,
        cvss=rated.cvss or first.cvss or second.cvss,
        fixed_in=fixed.fixed_in,
        fix_state=_fix_state(fixed if fixed.fixed_in else first, second),
        exploited_since=first.exploited_since or second.exploited_since,
        exploit_probability=first.exploit_probability if first.exploit_probability is not None else second.exploit_probability,
        fix_known_since=fixed.fix_known_since or first.fix_known_since or second.fix_known_since,
        summary=first.summary or second.summary,
        source="; ".join(dict.fromkeys([first.source, second.source])),
        told_by=tuple(dict.fromkeys([*first.told_by, *second.told_by])),
    )


def _by_trust(rating: Rating) -> tuple[bool, int]:
    return rating.trust is None, rating.trust or 0


def _deciding(ratings: Sequence[Rating]) -> Rating:
    """The first scanner's server that rates the hole; else the worst of all: nothing gets better by asking more."""
    of_servers = [rating for rating in ratings if rating.trust is not None and rating.severity is not Severity.UNKNOWN]
    if of_servers:
        return min(of_servers, key=lambda rating: (rating.trust, -rating.severity.rank))
    return max(ratings, key=lambda rating: rating.severity.rank)


def _fix_state(first: Hole, second: Hole) -> FixState:
    return first.fix_state if first.fix_state is not FixState.UNKNOWN else second.fix_state


def _checked_by(told: Iterable[Told]) -> dict[str, frozenset[Package]]:
    """What each data was compared with: that one source knows a package tells nothing of the holes that another would tell."""
    found: dict[str, frozenset[Package]] = {}
    for answer in told:
        for source in answer.data:
            found[source.name] = found.get(source.name, frozenset()).union(answer.checked)
    return found


def _not_checked(contents: Contents, told: Sequence[Told], checked: dict[Package, None]) -> Iterator[NotChecked]:
    """What no source checked: what one of them has no data on is no gap where another one did; what failed is told in any case."""
    named = {package for answer in told for gap in answer.not_checked for package in gap.packages}
    unnamed = tuple(package for package in contents.packages if package not in checked and package not in named)
    if unnamed:
        yield NotChecked(packages=unnamed, what=_number(unnamed), reason=_NO_WORD if told else _NO_SOURCE)
    for answer in told:
        for gap in answer.not_checked:
            missing = tuple(package for package in gap.packages if package not in checked)
            if gap.is_failure:
                yield gap
            elif missing or not gap.packages:
                yield gap if len(missing) == len(gap.packages) else replace(gap, packages=missing, what=_number(missing))
    yield from (NotChecked(what=unread.what, reason=unread.reason, is_failure=True) for unread in contents.not_read)
    if not contents.packages:
        yield NotChecked(what="the image", reason="it holds no list of packages of a known form, so nobody knows what to look for")


def _number(packages: Sequence[Package]) -> str:
    kinds = sorted({package.type for package in packages})
    kind = f"{kinds[0]} " if len(kinds) == 1 else ""
    return f"{len(packages)} {kind}package{'' if len(packages) == 1 else 's'}"
