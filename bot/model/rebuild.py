"""What a new build of an image brought, held against what it was made for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from bot.model.contents import Contents
from bot.model.image import Digest


class RebuildVerdict(StrEnum):
    """Whether a rebuild fixed what it was for. `fixed` is said only where it is proved."""

    FIXED = "fixed"
    REMOVED = "the package was removed"
    """What was to be fixed is not in the image any more; where there was more, the rest of it is fixed."""
    TAG_DID_NOT_MOVE = "the tag did not move"
    ONE_PLATFORM = "only some platforms were rebuilt"
    NOTHING_CHANGED = "nothing changed"
    OTHER_STAGE = "another stage was fixed, not the final one"
    BASE_NOT_TAKEN = "it was built on the old base again"
    CACHED = "the layer that upgrades packages came out of a cache"
    HELD_BACK = "the package was held back"
    FIX_NOT_IN_BASE = "the base moved, but the fix is not in it yet"
    NOT_FIXED = "rebuilt, and not fixed"
    """For none of the reasons above."""
    UNKNOWN = "unknown"

    @property
    def is_fixed(self) -> bool:
        """Whether what the rebuild was for is gone from the image."""
        return self in {RebuildVerdict.FIXED, RebuildVerdict.REMOVED}


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedFix:
    """A package that should be gone, or at a version with the fix."""

    type: str
    """As in package URLs: `deb`, `apk`, `rpm`, `pypi`, `maven`, ..."""
    name: str
    """Of the binary package, or of the source that packages were built from."""
    namespace: str = ""
    """Empty: any. Of packages of distributions it is not looked at."""
    fixed_in: str = ""
    """The first version with the fix; empty: not known."""
    holes: tuple[str, ...] = ()
    """The vulnerabilities, by any of their names. Where there are some, what advisories say of the new image decides besides."""

    def __str__(self) -> str:
        return "/".join(filter(None, (self.type, self.namespace, self.name)))


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedBase:
    """The base that the new image should stand on. Layers are diff_ids, the lowest first, by platform."""

    name: str
    """With its tag and short digest, for people."""
    layers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    old_layers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of the base that the old image stands on; empty: not known."""


class BuildLine(StrEnum):
    """What a line of a build's files does."""

    FROM = "FROM"
    RUN = "RUN"
    BUILD_STEP = "build step"
    """The step of a workflow that builds the image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildPlace:
    """A line of the files that an image is built by, as far as they are known. Its words are the app's own: hostile."""

    kind: BuildLine
    file: str
    line: int
    """1-based."""
    text: str = ""
    """As written."""
    stage: str = ""
    """The stage that it stands in, by its name or number; of a build step empty."""
    is_final: bool = True
    """Whether that is the stage that is published, or one that it is built on."""
    was_changed: bool = False
    """Whether the change that the rebuild was for is in it: it was written since the old image's commit, and could have brought the fix."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildGoal:
    """What a rebuild was for: all of it has to be so for it to be fixed."""

    packages: tuple[WantedFix, ...] = ()
    base: WantedBase | None = None
    """None: any base will do."""
    places: tuple[BuildPlace, ...] = ()
    """What is known of how the image is built; tells why, and never whether."""
    not_known: tuple[str, ...] = ()
    """What it was for besides and can't be looked for, in words, each a sentence: with one of them nothing is fixed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltImage:
    """A published image with what is inside on each of its platforms, or why that is not known."""

    image: str
    """Registry, repository and tag."""
    digest: Digest
    """That of the index where there is one."""
    platforms: Mapping[str, Contents | str]
    """By platform, in its plain form."""
    base_layers: Mapping[str, int] = field(default_factory=dict)
    """By platform, how many of the lowest layers are those of its base; a platform that is not there: not known."""

    @property
    def revision(self) -> str:
        """The commit that it says it was built from; empty: it says nothing. It may be its base's word, and anything: hostile."""
        opened = (one for one in self.platforms.values() if not isinstance(one, str))
        return next((revision for one in opened if (revision := one.configuration.labels.get(_REVISION))), "")


_REVISION: Final = "org.opencontainers.image.revision"
MAX_EVIDENCE: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildFinding:
    """The verdict on one image's new build, with what it rests on."""

    image: str
    """Registry, repository and tag."""
    old: Digest
    new: Digest | None
    """None: no new one was seen."""
    platform: str = ""
    """The platforms that the verdict is about, with commas between; empty: all of them."""
    verdict: RebuildVerdict
    evidence: tuple[str, ...] = ()
    """In words, each a sentence; at most MAX_EVIDENCE. Names and instructions in them are their makers' own: hostile."""
    remedy: str = ""
    """What would help, in words; empty: nothing is to be done, or nothing is known."""
    at: tuple[BuildPlace, ...] = ()
    """The lines that the remedy is about; empty: they are not known for certain."""


_USUAL: Final = {"arm64": "v8", "arm": "v7", "amd64": "v1"}


def plain_platform(text: str) -> str:
    """The platform without the variant that it has anyway: `linux/arm64/v8` is `linux/arm64` (containerd's normalisation)."""
    system, _, rest = text.partition("/")
    architecture, _, variant = rest.partition("/")
    return f"{system}/{architecture}" if variant and variant == _USUAL.get(architecture) else text
