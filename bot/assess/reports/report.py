"""What a scanner's report tells, whatever its form; and of which image."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from bot.assess.fields import Object, UnreadableError, texts
from bot.model.assessment import DataSource, FixState, Hole, NotChecked, VexStatement, VexStatus
from bot.model.contents import Contents, Package
from bot.model.image import Digest, ImageReference, InvalidReferenceError

MAX_HOLES: Final = 100_000
TOO_MANY: Final = f"it has more than {MAX_HOLES} findings"
_MAX_NAMES: Final = 100
_MAX_ABOUT: Final = 100
_OF_ONE_HOLE: Final = re.compile(r"(?:CVE|GHSA|GO|PYSEC|RUSTSEC|OSV|CGA|BIT|MAL|TEMP|EUVD|SNYK|(?:DEBIAN|UBUNTU|ALPINE)-CVE)-", re.ASCII)
"""Beginnings of names that one hole has; others are of announcements."""


@dataclass(slots=True)
class Findings:
    """The holes of a report, while it is read one finding after another."""

    holes: list[Hole] = field(default_factory=list)
    unreadable: int = 0
    """Findings of which nothing could be made."""

    def take(self, found: Iterable[Hole]) -> None:
        """The holes that one finding stands for. Raises UnreadableError where there are more than anybody reads."""
        before = len(self.holes)
        self.holes += found
        self.unreadable += len(self.holes) == before
        if len(self.holes) > MAX_HOLES:
            raise UnreadableError(TOO_MANY)

    @property
    def each_once(self) -> tuple[Hole, ...]:
        return tuple(dict.fromkeys(self.holes))


class SpokenBy(StrEnum):
    """How a report names the image that it is of."""

    DIGEST = "by its digest"
    LAYERS = "by its layers"
    INDEX = "by its index, without the platform"
    TAG = "by tag alone, which may have moved since"

    @property
    def is_certain(self) -> bool:
        """Whether it was this very image that was scanned, and no other one of the index or the tag."""
        return self in {SpokenBy.DIGEST, SpokenBy.LAYERS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """The image that a report says it is of. Hostile, as is all of a report."""

    names: tuple[str, ...] = ()
    """References to it, as written: tags, or what the scanner was asked for."""
    digests: frozenset[Digest] = frozenset()
    """Of manifests or indexes."""
    image_id: str = ""
    """The digest of its configuration, by which a daemon names it."""
    diff_ids: tuple[str, ...] = ()
    """In no certain order: one form sorts them."""
    platform: str = ""

    def spoken_of(self, contents: Contents) -> SpokenBy | None:
        """How it names this image; None where it names another, or does not say which.

        The same layers are the same files, whatever the manifest; other layers are another image, whatever its tag. An index has several
        images, and a report is of one of them. A tag moves: by it alone a report is believed only where it tells no digest at all.
        """
        if contents.digest in self.digests:
            return SpokenBy.DIGEST
        layers = tuple(layer.diff_id for layer in contents.layers)
        if self.diff_ids and layers:
            return SpokenBy.LAYERS if set(self.diff_ids) == set(layers) else None
        if not _may_be_same(self.platform, contents.platform):
            return None
        if contents.index_digest in self.digests:
            return SpokenBy.DIGEST if self.platform or len(contents.platforms) == 1 else SpokenBy.INDEX
        tells_digest = bool(self.digests or self.image_id or self.diff_ids)
        tagged = _tagged(contents.image)
        return SpokenBy.TAG if not tells_digest and tagged and tagged in {_tagged(name) for name in self.names} else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What a report compared with its data."""

    packages: tuple[Package, ...] = ()
    """Those that it lists."""
    types: frozenset[str] = frozenset()
    """Types of packages that it says were scanned, without a list."""
    files: frozenset[tuple[str, str]] = frozenset()
    """Type and path of files that it says were scanned, without a list of what is in them."""
    reads_databases_whole: bool = False
    """Whether one package of a distribution that it tells a hole of shows that it compared all of the same database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report. Its holes name packages in its own words."""

    form: str
    """`Trivy report`, `CycloneDX of Grype`."""
    where: str
    """The file."""
    bom_link: str = ""
    """`urn:cdx:…/1`, by which other documents name it."""
    image: Scanned
    holes: tuple[Hole, ...] = ()
    coverage: Coverage = field(default_factory=Coverage)
    made_at: datetime | None = None
    database: DataSource | None = None
    """What the scanner compared with, where it tells that."""
    statements: tuple[VexStatement, ...] = ()
    """What it says of holes that do not affect the image. Of no products, for it is the image that they are of."""
    not_checked: tuple[NotChecked, ...] = ()
    """What it says that it left out, and what of it could not be read."""

    def __str__(self) -> str:
        return f"the report of {self.form}" if self.form == self.where else f"{self.form} {self.where}"


_STATES: Final = {
    "fixed": FixState.AVAILABLE,
    "affected": FixState.NOT_YET,
    "not-fixed": FixState.NOT_YET,
    "under_investigation": FixState.INVESTIGATED,
    "will_not_fix": FixState.WILL_NOT_FIX,
    "wont-fix": FixState.WILL_NOT_FIX,
    "fix_deferred": FixState.DEFERRED,
    "end_of_life": FixState.END_OF_LIFE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One of the holes that an entry stands for."""

    id: str
    aliases: tuple[str, ...]
    source: str


def named(name: str, others: Iterable[str], source: str) -> list[Named]:
    """The holes that one entry stands for: by its CVE where it has one; one for each where it has several, without a common name.

    An announcement (`DSA-5532-1`) may speak of several holes, and those that share a name are one: it is told in the source alone.
    """
    told = list(dict.fromkeys([name, *filter(None, others)]))
    cves = [name] if name.startswith("CVE-") else [other for other in told if other.startswith("CVE-")]
    ids = cves[:_MAX_NAMES] or [name]
    if len(ids) > 1:
        return [Named(id=cve, aliases=(), source=f"{source} ({name})") for cve in ids]
    aliases = [other for other in told if _OF_ONE_HOLE.match(other) and not other.startswith("CVE-") and other != ids[0]]
    about = ", ".join(other for other in told if not _OF_ONE_HOLE.match(other) and other != ids[0])[:_MAX_ABOUT]
    return [Named(id=ids[0], aliases=tuple(aliases), source=f"{source} ({about})" if about else source)]


def fix_state(said: str, fixed_in: str) -> FixState:
    """In Trivy's and Grype's words. A version with the fix says it as well, where the word is missing."""
    return _STATES.get(said, FixState.AVAILABLE if fixed_in else FixState.UNKNOWN)


def statement(hole: Hole, status: VexStatus, *, reason: str = "", author: str, where: str) -> VexStatement:
    """What a report says of one hole in its image."""
    package = hole.package
    packages = (package.purl or f"{package.name}@{package.version}",)
    return VexStatement(names=hole.names, products=(), subcomponents=packages, status=status, reason=reason, author=author, where=where)


def findings(count: int) -> str:
    return f"{count} finding{'s' * (count > 1)}"


def unread(count: int, where: str) -> tuple[NotChecked, ...]:
    """What is told of entries that name no vulnerability or no package."""
    if not count:
        return ()
    reason = "they name no vulnerability, or no package at a version; run the scanner again, or ask for its JSON"
    return (NotChecked(what=f"{findings(count)} in {where}", reason=reason),)


def digests_in(*values: object) -> frozenset[Digest]:
    """The digests among texts: `sha256:…` alone or at the end of a reference."""
    found = set()
    for value in values:
        for said in texts(value):
            try:
                found.add(Digest(said.rpartition("@")[2]))
            except InvalidReferenceError:
                continue
    return frozenset(found)


def platform_of(configuration: Object) -> str:
    """`linux/amd64` of an image's configuration, or of what has the same fields; empty where it does not tell both."""
    system, architecture = configuration.get("os"), configuration.get("architecture")
    return f"{system}/{architecture}" if isinstance(system, str) and isinstance(architecture, str) and system and architecture else ""


def _may_be_same(one: str, other: str) -> bool:
    """Whether two platforms may be one; a variant that only one of them tells does not count."""
    parts = list(zip(one.split("/"), other.split("/"), strict=False))
    return not one or not other or all(mine == theirs for mine, theirs in parts)


def _tagged(text: str) -> tuple[str, str] | None:
    """Name and tag of a reference, `latest` where it has none; None for what is no reference, or one at a digest without a tag."""
    try:
        reference = ImageReference.parse(text)
    except InvalidReferenceError:
        return None
    if reference.tag is None and reference.digest is not None:
        return None
    return reference.name, reference.tag or "latest"
