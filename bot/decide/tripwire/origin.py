"""What two images that a release tag stood at say of where they were built from: a pure rebuild, or something else."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto
from typing import Final
from urllib.parse import urlsplit

from bot.model.dependency import Dependency
from bot.model.lineage import BuiltBy

_OCI: Final = "org.opencontainers.image."
SOURCE, REVISION, VERSION = f"{_OCI}source", f"{_OCI}revision", f"{_OCI}version"
"""OCI image spec, annotations.md, "Pre-Defined Annotation Keys"."""
_GITHUB: Final = "github.com"
_REPO: Final = 2
"""Parts of the path that name a repo there."""
_WORKS: Final = frozenset({".github", "actions"})
_GITLAB: Final = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What an image says of where it comes from; empty: nothing."""

    source: str = ""
    revision: str = ""
    version: str = ""
    opened_at: datetime | None = None
    """When the bot first looked into it; None: it never did."""
    built_from: frozenset[str] = frozenset()
    """The repos that its provenance names as what it was built from: of this very image, while labels may be those of its base."""
    signers: frozenset[str] = frozenset()
    """The accounts whose builders its provenance names, as far as builders name accounts. Claimed: no signature is checked."""


class Kinship(Enum):
    """How a tag's new image is related to the one before."""

    REBUILD = auto()
    """The same source at the same commit, or version: only what is below it may be newer."""
    OTHER_SOURCE = auto()
    OTHER_SIGNER = auto()
    """By their provenance builders of different accounts built them."""
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


def with_provenance(known: Origin | None, built_by: Iterable[BuiltBy]) -> Origin | None:
    """The same with what its provenance says besides; None: nothing is known at all."""
    told = tuple(built_by)
    built_from = frozenset(_root(one.source) for one in told if one.source)
    signers = frozenset(filter(None, (_account(one.builder) for one in told)))
    return known if not built_from and not signers else replace(known or Origin(), built_from=built_from, signers=signers)


def kinship(dependency: Dependency, tag: str, old: Origin, new: Origin) -> Kinship:
    """By what their provenance says, else their labels.

    A base hands its labels on to what is built on it: they count only where the old image's fit its own name or tag. Provenance is of the
    image itself; it counts where both have some, for one that is not there may only be nowhere to be had.
    """
    if _differ(old.signers, new.signers) and not _differ(old.built_from, new.built_from):
        return Kinship.OTHER_SIGNER
    return Kinship.OTHER_SOURCE if _differ(old.built_from, new.built_from) else _by_labels(dependency, tag, old, new)


def _by_labels(dependency: Dependency, tag: str, old: Origin, new: Origin) -> Kinship:
    if not _is_own(dependency, tag, old):
        return Kinship.UNKNOWN
    if old.source and _repo(old.source) != _repo(new.source):
        return Kinship.OTHER_SOURCE
    if old.revision:
        return Kinship.REBUILD if old.revision == new.revision else Kinship.OTHER_REVISION
    if old.version and new.version:
        return Kinship.REBUILD if old.version == new.version else Kinship.OTHER_VERSION
    return Kinship.UNKNOWN


def _differ(old: frozenset[str], new: frozenset[str]) -> bool:
    return bool(old) and bool(new) and old.isdisjoint(new)


def _account(builder: str) -> str:
    """Whose builder it is, where its address tells: a workflow or run of GitHub, a runner or job of GitLab. The workflow itself may change.

    Releases are rebuilt by other workflows than they were made by, and each run has its own number.
    """
    try:
        parts = urlsplit(builder)
        host = parts.hostname or ""
    except ValueError:
        return ""
    path = [segment for segment in parts.path.split("/") if segment]
    is_of_account = len(path) > _REPO and (path[_REPO] in _WORKS or _GITLAB in path[_REPO:])
    return f"{host}/{path[0]}".lower() if host and is_of_account else ""


def _root(source: str) -> str:
    """The repo of a source as a build names it: without commit, branch and folder."""
    host, _, path = _repo(source).partition("/")
    path = path.partition("@")[0].removesuffix(".git")
    return f"{host}/{'/'.join(path.split('/')[:_REPO])}" if host == _GITHUB else f"{host}/{path}"


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
