"""What is inside an image on one platform, and how that is known."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


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
    """The last day of its publisher's free support; None: not known."""
    end_of_life_source: str = ""
    """Whose word that day is, with its date."""
