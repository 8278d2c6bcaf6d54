"""Which statement, if any, takes a hole of an image away.

The rules of OpenVEX: of all statements on the vulnerability and the product the latest counts; only "not affected" and "fixed" take a hole
away. And one of our own: what is not certain to be about this image takes nothing away.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, Self, assert_never

from bot.assess.age import is_to_come
from bot.assess.packages import OF_DISTRIBUTIONS
from bot.assess.vex.products import has_version, is_cpe, is_image_by_digest, is_image_of_any_digest, is_package, is_system, may_be_image
from bot.model.assessment import Hole, VexStatement, VexStatus
from bot.model.contents import Contents

_NEVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """All that was said, by the names of vulnerabilities. Safe to use from several threads."""

    by_name: dict[str, tuple[VexStatement, ...]]
    now: Callable[[], datetime]

    @classmethod
    def of(cls, statements: Iterable[VexStatement], now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Self:
        found: dict[str, list[VexStatement]] = {}
        for said in statements:
            for name in said.names:
                found.setdefault(name.upper(), []).append(said)
        return cls(by_name={name: tuple(said) for name, said in found.items()}, now=now)

    def taking_away(self, contents: Contents, hole: Hole, of_image: Sequence[VexStatement] = ()) -> VexStatement | None:
        """The statement that takes this hole of this image away; None: it stays.

        `of_image`: what sources say of this image beside the documents. The latest statement counts, from whichever document; where another
        one of the same time, or one without a time, says that the image is affected, the hole stays. One of a time to come would be the
        latest for ever: it takes nothing away, and that the image is affected counts as said at no time.
        """
        now = self.now()
        named = [said for name in hole.names for said in self.by_name.get(name.upper(), ())]
        believed = [seen for said in dict.fromkeys([*named, *of_image]) if (seen := _as_of(said, now)) is not None]
        applying = [said for said in believed if _is_of_hole(said, hole) and is_about(said, contents, hole)]
        if not applying:
            return None
        latest = max(said.at or _NEVER for said in applying)
        counting = [said for said in applying if said.at in {latest, None}]
        if not all(_takes_away(said.status) for said in counting):
            return None
        return max(counting, key=lambda said: said.at or _NEVER)


def gaps(statements: Iterable[VexStatement], now: datetime) -> Iterator[tuple[str, str]]:
    """The documents with statements of a time to come, and what is said of these."""
    wrong: dict[str, list[datetime]] = {}
    for said in statements:
        if said.at is not None and is_to_come(said.at, now):
            wrong.setdefault(said.where, []).append(said.at)
    for where, days in wrong.items():
        count = f"{len(days)} statement{'s are' if len(days) > 1 else ' is'}"
        yield (
            where,
            f"{count} of {max(days):%Y-%m-%d}, which is yet to come, and take{'s' * (len(days) == 1)} nothing away; correct the date",
        )


def _as_of(said: VexStatement, now: datetime) -> VexStatement | None:
    """A statement as it counts today; None: it does not."""
    if not is_to_come(said.at, now):
        return said
    return None if _takes_away(said.status) else replace(said, at=None)


def is_about(said: VexStatement, contents: Contents, hole: Hole) -> bool:
    """Whether a statement is certainly about this hole's package in this image; one that it is affected may be by a tag as well."""
    package = hole.package
    is_image = any(is_image_by_digest(name, contents) for name in said.products)
    parts = [name for name in said.subcomponents if is_package(name, package, contents)]
    if any(map(is_cpe, said.products)) and any(is_image_by_digest(name, contents) for name in said.subcomponents):
        return True  # the images that a publisher's product is made of
    if is_image:
        return bool(parts) or not said.subcomponents
    if not _takes_away(said.status) and any(may_be_image(name, contents) for name in said.products):
        return bool(parts) or not said.subcomponents
    # What is said of no certain build of an image or a package can't say that it is fixed: it was not, once.
    all_versions = said.status is not VexStatus.FIXED
    parts = [name for name in parts if all_versions or has_version(name)]
    if not said.subcomponents:
        return any(
            (is_package(name, package, contents) and (all_versions or has_version(name)))
            or (all_versions and is_image_of_any_digest(name, contents))
            for name in said.products
        )
    if not parts:
        return False
    same_build = any(has_version(name) for name in parts) and package.type in OF_DISTRIBUTIONS
    return any(
        is_system(name, contents.operating_system)
        or (is_cpe(name) and same_build)  # whatever channel of the distribution it came by
        or (all_versions and is_image_of_any_digest(name, contents))
        or _holds(name, contents, hole)
        for name in said.products
    )


def _holds(product: str, contents: Contents, hole: Hole) -> bool:
    """Whether the product is what the package was built into: a Go executable has its modules inside, and nothing else has these."""
    package = hole.package
    if package.type != "golang" or not package.path:
        return False
    return any(other.path == package.path and is_package(product, other, contents) for other in contents.packages if other != package)


def _is_of_hole(said: VexStatement, hole: Hole) -> bool:
    """Whether they share a name. Where both have CVEs it must be one of these: an advisory's name may stand for several holes."""
    ours, theirs = {name.upper() for name in hole.names}, {name.upper() for name in said.names}
    our_cves, their_cves = _cves(ours), _cves(theirs)
    return bool(our_cves & their_cves) if our_cves and their_cves else bool(ours & theirs)


def _cves(names: Iterable[str]) -> set[str]:
    return {name for name in names if name.startswith("CVE-")}


def _takes_away(status: VexStatus) -> bool:
    match status:
        case VexStatus.NOT_AFFECTED | VexStatus.FIXED:
            return True
        case VexStatus.AFFECTED | VexStatus.UNDER_INVESTIGATION:
            return False
        case _:
            assert_never(status)
