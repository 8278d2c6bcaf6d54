"""Which image is in use where, and how that is known."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class KnownFrom(StrEnum):
    """How it is known that an image is in use."""

    PINNED = "pinned"
    """A file in Git names its digest."""
    TAGGED = "by tag"
    """A file in Git names a tag alone; the digest is the one that this tag was last seen at."""
    WRITTEN = "written"
    """A file in Git names a version of what is no image, such as a chart, in a stage."""
    PUBLISHED = "published"
    """A build of the app made it."""
    RUNNING = "running"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an image is in use: it stays while tags and digests come and go."""

    app: str
    """`owner/name`, and `:folder` where the app is a part of the repo."""
    repo: str
    stage: str = ""
    """Empty: none is known."""
    role: str = ""
    """What the image is for in its file, in the words of `bot.model.pin.Role`."""
    file: str = ""
    image: str
    """Registry and repository in normal form; of what is no image, the dependency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageUse:
    """An image at one place."""

    place: Place
    tag: str = ""
    digest: str = ""
    """Empty: not known."""
    line: int = 0
    """1-based, as last seen; 0: none."""
    known_from: KnownFrom

    @property
    def reference(self) -> str:
        return self.place.image + (f":{self.tag}" if self.tag else "") + (f"@{self.digest}" if self.digest else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownUse:
    """A use as the ledger knows it."""

    use: ImageUse
    since: datetime
    """When it was first seen."""
    last_seen: datetime
    """To a day."""
    ended_at: datetime | None
    """When it was first seen to be gone; None: it is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedUse:
    """What stands or stood in a stage of an app."""

    app: str
    """The app's name, which may be in several repos."""
    known: KnownUse


@dataclass(frozen=True, slots=True, kw_only=True)
class AppOwners:
    """Whom an app belongs to, as the last run knew."""

    app: str
    """As in `Place`."""
    name: str
    owners: tuple[str, ...] = ()
