"""What is inside an image on one platform, and how that is known."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from bot.model.image import Digest


class KnownBy(StrEnum):
    """Whose word it is that a package is in an image."""

    LAYERS = "layers"
    """Read in the image's own files."""
    DECLARED = "declared"
    """Only an attached bill of materials says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One package in an image, at one version. Names and versions are its packager's own words: hostile."""

    type: str
    """In the words of package URLs: `deb`, `apk`, `rpm`, `pypi`, `npm`, `maven`, `golang`, `gem`, ..."""
    name: str
    version: str
    """Whole, as the ecosystem compares it: for `rpm` with release, for `deb` and `rpm` with the epoch where there is one."""
    namespace: str = ""
    """The distribution (`debian`), the scope (`@types`), the group (`org.slf4j`)."""
    architecture: str = ""
    source_name: str = ""
    """The package that it was built from; advisories of Debian, Ubuntu, Alpine and SUSE speak of that one. Empty: not told."""
    source_version: str = ""
    module: str = ""
    """Red Hat's module stream (`nodejs:18:8090020231:a75119d5`)."""
    path: str = ""
    """The file that says so."""
    layer: str = ""
    """The diff_id of the layer that brought it at this version; empty where only a declaration names it."""
    purl: str = ""
    known_by: KnownBy = KnownBy.LAYERS


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingSystem:
    """What os-release(5) tells, and until when it is cared for."""

    id: str
    """`debian`, `alpine`, `rhel`."""
    version: str = ""
    """VERSION_ID; empty for rolling ones."""
    name: str = ""
    """For people: `Debian GNU/Linux 12 (bookworm)`."""
    codename: str = ""
    like: tuple[str, ...] = ()
    """The ids that it stands on: `rhel`, `fedora` for Rocky Linux."""
    end_of_life: date | None = None
    """The last day of its publisher's usual security updates; None: not known."""
    extended_until: date | None = None
    """The last day of what comes after them, for some packages or for money (Debian LTS, Ubuntu Pro); None: not known."""
    end_of_life_source: str = ""
    """Whose word these days are, with its date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer, the lowest first. What its instruction says is its builder's own word: hostile."""

    diff_id: str
    digest: Digest
    size_bytes: int
    """As the registry has it, packed."""
    created_by: str = ""
    """The instruction, from the image's history."""
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """How the image runs."""

    user: str = ""
    """Empty: root."""
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    working_folder: str = ""
    exposed_ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    healthcheck: tuple[str, ...] = ()
    stop_signal: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def runs_as_root(self) -> bool:
        return self.user.partition(":")[0] in {"", "0", "root"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The image that this one is built on."""

    name: str
    digest: Digest | None = None
    source: str
    """Whose word that is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where packages were read, and how many: how it is known what is inside."""

    name: str
    """The way of knowing (`dpkg`, `SPDX`), and the file or attachment."""
    where: str
    packages: int
    known_by: KnownBy = KnownBy.LAYERS


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRead:
    """What could not be read, so that packages may be missing that it would have told of."""

    what: str
    reason: str
    is_layer: bool = False
    """A whole layer: what it changes in those below is not known either."""

    def __str__(self) -> str:
        return f"{self.what}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What is inside an image on one platform. Never a list of packages without what could not be read."""

    image: str
    """As it was asked for."""
    digest: Digest
    """Of the manifest of this platform."""
    index_digest: Digest | None = None
    """Of the index that it stands in."""
    platform: str = ""
    platforms: tuple[str, ...] = ()
    """Of the index."""
    created_at: datetime | None = None
    operating_system: OperatingSystem | None = None
    packages: tuple[Package, ...] = ()
    """By type and name."""
    layers: tuple[Layer, ...] = ()
    configuration: Configuration = field(default_factory=Configuration)
    base: Base | None = None
    sources: tuple[Source, ...] = ()
    not_read: tuple[NotRead, ...] = ()
    disagreements: tuple[str, ...] = ()
    """Where an attached bill of materials says other than the layers, which are believed."""
