"""One pin and everything that its decision rests on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from bot.decide.cycles import Numbering
from bot.decide.evidence import Evidence
from bot.decide.follow import ValuesInUse
from bot.decide.stage_before import Span, StageBefore
from bot.model.dependency import OCI, Release
from bot.model.pin import Pin, Role
from bot.model.rules import ApprovedBase, Rule
from bot.model.update import UpdateKind
from bot.versions.scheme import Version, VersionScheme

_NOT_IMAGES: Final = frozenset({Role.CHART, Role.ACTION, Role.GIT, Role.TOOL})


class Detail(StrEnum):
    """Which values a decision tells about."""

    NEWER = "newer"
    """Those on the pin's line that are newer than it."""
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A pin, the rule that holds for it, what was published, and whom to ask for more."""

    pin: Pin
    rule: Rule
    approved_bases: Sequence[ApprovedBase]
    evidence: Evidence
    values_in_use: ValuesInUse
    """What other apps are on."""
    scheme: VersionScheme
    """Taught by what was published."""
    releases: Mapping[str, Release]
    """By the value that would be written."""
    describe: Callable[[Release], Release]
    """With digest and dates; of an image that names a digest, as it is under that one. Raises DatasourceError."""
    digests_seen: Callable[[Release], Sequence[Release]]
    """The digests that a value was seen at, newest first, and since when."""
    now: datetime
    history: Callable[[Release], Sequence[Span]] = lambda _: ()
    """What a tag stood at, and from when to when."""
    detail: Detail = Detail.NEWER
    numbering: Numbering | None = None
    """How the product names its cycles; None: it has none, or they do not count."""
    asked: frozenset[str] = frozenset()
    """The values that open pull requests ask for."""
    before: StageBefore | None = None
    """What the stage before held, where the rule has a soak; None: there is no such stage."""
    lost: frozenset[str] = frozenset()
    """The values that were published before and are not listed now."""

    @property
    def gets_digest(self) -> bool:
        """Whether the pin has a digest, or shall have one."""
        return self.pin.digest is not None or self.may_get_pinned

    @property
    def may_get_pinned(self) -> bool:
        is_image = self.pin.dependency.datasource == OCI and self.pin.role not in _NOT_IMAGES
        return self.pin.digest is None and is_image and self.allows(UpdateKind.PIN)

    def allows(self, kind: UpdateKind) -> bool:
        return kind in (self.rule.allow or ())

    def is_cycle_step(self, current: Version | None, new: Version | None) -> bool:
        """Whether the step leads to another cycle of a language runtime or a database."""
        return self.numbering is not None and self.numbering.is_step(current, new)

    def described(self, value: str, release: Release) -> Release:
        """The release with its digest, under the value that would be written. Raises DatasourceError."""
        return replace(self.describe(release), value=value)
