"""What two images that a release tag stood at say of where they were built from: a pure rebuild, or something else."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Final
from urllib.parse import urlsplit

from bot.model.dependency import Dependency

_OCI: Final = "org.opencontainers.image."
SOURCE, REVISION, VERSION = f"{_OCI}source", f"{_OCI}revision", f"{_OCI}version"
"""OCI image spec, annotations.md, "Pre-Defined Annotation Keys"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What an image says of where it comes from; empty: nothing."""

    source: str = ""
    revision: str = ""
    version: str = ""
    opened_at: datetime | None = None
    """When the bot first looked into it; None: it never did."""


class Kinship(Enum):
    """How a tag's new image is related to the one before."""

    REBUILD = auto()
    """The same source at the same commit, or version: only what is below it may be newer."""
    OTHER_SOURCE = auto()
    OTHER_REVISION = auto()
    OTHER_VERSION = auto()
    UNKNOWN = auto()
    """The images do not say enough."""


def origin(labels: object, opened_at: datetime | None) -> Origin:
    """From labels of others: what is no text counts as nothing."""
    told = labels if isinstance(labels, dict) else {}
    texts = {name: value for name in (SOURCE, REVISION, VERSION) if isinstance(value := told.get(name), str)}
    return Origin(
        source=texts.get(SOURCE, "").strip(),
        revision=texts.get(REVISION, "").strip(),
        version=texts.get(VERSION, "").strip(),
        opened_at=opened_at,
    )


def kinship(dependency: Dependency, tag: str, old: Origin, new: Origin) -> Kinship:
    """A base hands its labels on to what is built on it: they count only where the old image's fit its own name or tag."""
    if not _is_own(dependency, tag, old):
        return Kinship.UNKNOWN
    if old.source and _repo(old.source) != _repo(new.source):
        return Kinship.OTHER_SOURCE
    if old.revision:
        return Kinship.REBUILD if old.revision == new.revision else Kinship.OTHER_REVISION
    if old.version and new.version:
        return Kinship.REBUILD if old.version == new.version else Kinship.OTHER_VERSION
    return Kinship.UNKNOWN


def _is_own(dependency: Dependency, tag: str, old: Origin) -> bool:
    version = old.version.removeprefix("v")
    if version and version in tag:
        return True
    image = set(dependency.name.lower().split("/")[1:])
    return bool(old.source) and not image.isdisjoint(_repo(old.source).split("/")[1:])


def _repo(source: str) -> str:
    """The repo that an address names, whatever is said of commit, folder or protocol."""
    try:
        parts = urlsplit(source if "://" in source else f"//{source.replace(':', '/', 1)}")
        host = parts.hostname or ""
    except ValueError:
        return source
    path = parts.path.strip("/").removesuffix(".git").strip("/")
    return f"{host}/{path}".lower()
