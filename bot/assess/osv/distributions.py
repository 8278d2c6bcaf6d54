"""By which names OSV knows the packages of a distribution's release.

The names are those of the schema's list (https://ossf.github.io/osv-schema/#defined-ecosystems, July 2026); where records differ, they are
followed: AlmaLinux's name binary packages, SUSE's base packages stand under the module that ships them (`SUSE:Linux Enterprise Module for
Basesystem 15 SP6`), Wolfi's and Chainguard's name subpackages beside origins. Of whom osv.dev holds data: its own list of sources
(google/osv.dev, source.yaml).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final
from urllib.parse import unquote

from bot.assess.osv.subject import CannotAsk, Place, Subject
from bot.model.contents import KnownBy, OperatingSystem, Package
from bot.versions.codenames import release_of

OF_DISTRIBUTIONS: Final = frozenset({"deb", "apk", "rpm"})
UBUNTU_PRO: Final = "Ubuntu Pro"
_OTHER_PRODUCT: Final = re.compile(r"\.el\d+[a-z]|\.p\d+\.g[0-9a-f]{7}", re.ASCII)
"""In releases of what Red Hat builds for its other products (`3.1.3-1.el9ap`, OpenShift's `….p0.g0ba7e2e.….el9`)."""
_SOURCE_ARCHIVE: Final = re.compile(r"upstream=([^&#]{1,200})-([^-&#]{1,100}-[^-&#]{1,100})\.(?:no)?src\.rpm(?:[&#]|$)", re.ASCII)
"""In the purl of an rpm package that a bill of materials declares."""
_PRO_VERSION: Final = re.compile(r"[+~]esm\d", re.ASCII)


class NamedBy(Enum):
    """Which name a distribution's advisories use."""

    SOURCE = auto()
    BINARY = auto()
    EITHER = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ecosystem:
    asked: str
    only: re.Pattern[str] | None = None
    withheld: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Release:
    type: str
    """Of its packages."""
    named_by: NamedBy
    ecosystems: tuple[_Ecosystem, ...]


def tells_fixed_alone(system: OperatingSystem) -> bool:
    """Whether the distribution tells OSV only of what it mended, so that what is still open is not known."""
    return system.id in _FIXED_ALONE


def has_pro(package: Package) -> bool:
    """Whether a package is one that only Ubuntu Pro gives out (`1.2-3ubuntu0.1~esm1`)."""
    return package.type == "deb" and bool(_PRO_VERSION.search(package.version))


def tells_source(package: Package) -> bool:
    """Whether the package is told with the source package that it was built from, under another name than its own."""
    return bool(package.source_name) or "upstream=" in package.purl


def subject_of_distribution(package: Package, system: OperatingSystem | None, *, bills_tell_sources: bool) -> Subject | CannotAsk:
    """How OSV is asked about a package of the distribution that an image is."""
    if system is None:
        return CannotAsk(reason="the image has no os-release, so its distribution is not known")
    read = _DISTRIBUTIONS.get(system.id)
    release = read(system) if read else None
    if release is None or release.type != package.type:
        what = f"{package.type} packages on {shown(system)}" if release else shown(system)
        return CannotAsk(reason=f"OSV holds no advisories of {what}; give a scanner's report of the image")
    if system.id == "rhel" and _OTHER_PRODUCT.search(package.version):
        return CannotAsk(reason="of another product of Red Hat, whose release is not told; give a scanner's report of the image")
    source = (
        (package.name, package.version) if release.named_by is NamedBy.BINARY else _source(package, bills_tell_sources=bills_tell_sources)
    )
    if source is None:
        return CannotAsk(
            reason="built from source packages that are not told, and of which advisories speak; give a scanner's report of the image"
        )
    source_name, version = source
    names = (package.name, source_name) if release.named_by is NamedBy.EITHER else (source_name,)
    places = tuple(
        Place(ecosystem=ecosystem.asked, name=name, only=ecosystem.only, withheld=ecosystem.withheld)
        for ecosystem in (reversed(release.ecosystems) if has_pro(package) else release.ecosystems)
        for name in dict.fromkeys(names)
    )
    return Subject(package=package, version=version, places=places)


def _source(package: Package, *, bills_tell_sources: bool) -> tuple[str, str] | None:
    """The source package's name and version; None: not told (Ubuntu's chiselled images, bills of materials without sources).

    Bills that tell sources leave them out where they are called as the package is.
    """
    if package.source_name:
        return package.source_name, package.source_version or package.version
    if package.known_by is not KnownBy.DECLARED or not bills_tell_sources:
        return None
    archive = _SOURCE_ARCHIVE.search(package.purl)
    if archive is None:
        return package.name, package.version
    epoch, colon, _ = package.version.rpartition(":")
    return unquote(archive[1]), f"{epoch}{colon}{unquote(archive[2])}"


def shown(system: OperatingSystem) -> str:
    """Its own name for people, cut."""
    return " ".join((system.name or f"{system.id} {system.version}").split())[:60].strip()


def _one(type_: str, named_by: NamedBy, ecosystem: str) -> _Release:
    return _Release(type=type_, named_by=named_by, ecosystems=(_Ecosystem(asked=ecosystem),))


def _major(system: OperatingSystem) -> str:
    return system.version.partition(".")[0]


def _debian(system: OperatingSystem) -> _Release | None:
    """By number; testing has only its code name, and unstable carries testing's."""
    number = _major(system) or (release_of(system.codename) or "").removeprefix("Debian ")
    return _one("deb", NamedBy.SOURCE, f"Debian:{number}") if number.isdecimal() else None


def _ubuntu(system: OperatingSystem) -> _Release | None:
    """Records of Ubuntu Pro speak of the same packages, mended where the archive's are not: without Pro they are open, and stay so."""
    if not system.version:
        return None
    year, _, month = system.version.partition(".")
    if not (month == "04" and year.isdecimal() and int(year) % 2 == 0):
        return _one("deb", NamedBy.SOURCE, f"Ubuntu:{system.version}")
    plain = _Ecosystem(asked=f"Ubuntu:{system.version}:LTS")
    pro = _Ecosystem(asked=f"Ubuntu:Pro:{system.version}:LTS", withheld=UBUNTU_PRO)
    return _Release(type="deb", named_by=NamedBy.SOURCE, ecosystems=(plain, pro))


def _alpine(system: OperatingSystem) -> _Release | None:
    """Edge is a version with `_alpha`, and not in the data."""
    number = re.match(r"(\d+\.\d+)(?:\.\d+)*$", system.version, re.ASCII)
    return _one("apk", NamedBy.SOURCE, f"Alpine:v{number[1]}") if number else None


def _chainguard(_system: OperatingSystem) -> _Release:
    """Its images hold packages of Wolfi as well, of which records speak under Wolfi's name alone."""
    return _Release(type="apk", named_by=NamedBy.EITHER, ecosystems=(_Ecosystem(asked="Chainguard"), _Ecosystem(asked="Wolfi")))


def _red_hat(system: OperatingSystem) -> _Release | None:
    """By the CPE of the product's stream, any one of the release: from which repository a package came is not told.

    `enterprise_linux:9::baseos`, `…::appstream`, `enterprise_linux:10.1`; not those of other products and of extended support.
    """
    if not _major(system).isdecimal():
        return None
    only = re.compile(rf"Red Hat:enterprise_linux:{_major(system)}(?:\.\d+)?(?:::[a-z_]+)?", re.ASCII)
    return _Release(type="rpm", named_by=NamedBy.BINARY, ecosystems=(_Ecosystem(asked="Red Hat", only=only),))


def _suse(system: OperatingSystem) -> _Release | None:
    """By the product's name, of which the base packages are in modules: every product of the service pack counts."""
    major, _, pack = system.version.partition(".")
    if not major.isdecimal() or not (pack or "0").isdecimal():
        return None
    words = f"{major}.{pack}" if int(major) >= _SLE_WITHOUT_PACKS else f"{major} SP{pack}" if pack.strip("0") else major
    only = re.compile(rf"SUSE:(?:Linux Enterprise|Package Hub) (?!Micro).*{re.escape(words)}(?!\d|\.\d| SP\d).*", re.ASCII)
    return _Release(type="rpm", named_by=NamedBy.SOURCE, ecosystems=(_Ecosystem(asked="SUSE", only=only),))


def _suse_micro(system: OperatingSystem) -> _Release | None:
    only = re.compile(rf"SUSE:Linux (?:Enterprise )?Micro(?: for Rancher)? {re.escape(system.version)}", re.ASCII)
    return _Release(type="rpm", named_by=NamedBy.SOURCE, ecosystems=(_Ecosystem(asked="SUSE", only=only),)) if system.version else None


_SLE_WITHOUT_PACKS: Final = 16


def _numbered(type_: str, named_by: NamedBy, name: str) -> Callable[[OperatingSystem], _Release | None]:
    return lambda system: _one(type_, named_by, f"{name}:{_major(system)}") if _major(system).isdecimal() else None


def _versioned(name: str) -> Callable[[OperatingSystem], _Release | None]:
    return lambda system: _one("rpm", NamedBy.SOURCE, f"{name} {system.version}") if system.version else None


_DISTRIBUTIONS: Final[dict[str, Callable[[OperatingSystem], _Release | None]]] = {
    "almalinux": _numbered("rpm", NamedBy.BINARY, "AlmaLinux"),
    "alpine": _alpine,
    "azurelinux": _numbered("rpm", NamedBy.SOURCE, "Azure Linux"),
    "chainguard": _chainguard,
    "debian": _debian,
    "mariner": _numbered("rpm", NamedBy.SOURCE, "Azure Linux"),
    "minimos": lambda _: _one("apk", NamedBy.EITHER, "MinimOS"),
    "opensuse-leap": _versioned("openSUSE:Leap"),
    "opensuse-leap-micro": _versioned("openSUSE:Leap Micro"),
    "opensuse-tumbleweed": lambda _: _one("rpm", NamedBy.SOURCE, "openSUSE:Tumbleweed"),
    "rhel": _red_hat,
    "rocky": _numbered("rpm", NamedBy.SOURCE, "Rocky Linux"),
    "sl-micro": _suse_micro,
    "sle-micro": _suse_micro,
    "sled": _suse,
    "sles": _suse,
    "sles_sap": _suse,
    "ubuntu": _ubuntu,
    "wolfi": lambda _: _one("apk", NamedBy.EITHER, "Wolfi"),
}
"""By the ID of os-release. A derivative with an id of its own is not its parent: what it rebuilds has other versions."""
_FIXED_ALONE: Final = frozenset(_DISTRIBUTIONS) - {"azurelinux", "chainguard", "debian", "mariner", "minimos", "ubuntu", "wolfi"}
"""Alpine's database lists fixes; Red Hat's records, those of who rebuild it and SUSE's are announcements of fixed packages."""
