"""Where artifacts lie, as GitHub's linked artifacts keep it: storage records, by digest."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kept(StrEnum):
    """What became of an artifact at its place, in GitHub's words."""

    ACTIVE = "active"
    END_OF_LIFE = "eol"
    DELETED = "deleted"
    UNKNOWN = "unknown"
    """Another word than GitHub's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageRecord:
    """An artifact of this digest lies there, as somebody told GitHub. Hostile: whoever may write records may write anything."""

    name: str
    digest: str
    registry_url: str
    repository: str = ""
    """Within the registry, where that is told."""
    kept: Kept = Kept.ACTIVE
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStorage:
    """What linked artifacts are to be told: the image of this digest lies there."""

    name: str
    """Registry and repository, as pins name the image."""
    digest: str
    tag: str
    registry_url: str
    repository: str
    repo: str
    """The name, without its owner, of the repo that publishes it."""
