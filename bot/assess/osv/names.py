"""By which name OSV knows a package, or why it can't be asked about it.

The names of language packages are those of the schema's list of ecosystems (https://ossf.github.io/osv-schema/#defined-ecosystems).
"""

import re
from collections.abc import Callable
from typing import Final

from bot.assess.osv.distributions import OF_DISTRIBUTIONS, subject_of_distribution
from bot.assess.osv.subject import CannotAsk, Place, Subject, pypi_name
from bot.model.contents import OperatingSystem, Package

_PLAIN: Final = re.compile(r"[^\s\x00-\x1f\x7f]{1,300}")
_NO_VERSION: Final = frozenset({"(devel)", "unknown", "unspecified", "none", "null"})
_GO_RELEASE: Final = re.compile(r"(\d+)\.(\d+)(?:\.(\d+)|(rc|beta)(\d+))?", re.ASCII)
_DEBIANS_OWN: Final = re.compile(
    r"usr/(?:lib/python3/dist-packages|lib/ruby/vendor_ruby|share/(?:nodejs|rubygems-integration|java|maven-repo))/", re.ASCII
)
"""Where only packages of Debian and Ubuntu put files (Debian's policies for Python, Ruby, JavaScript and Java): pip, npm and gem write
below `usr/local` and `var` there."""
_RED_HATS_OWN: Final = re.compile(r"usr/lib(?:64)?/python3[^/]*/site-packages/", re.ASCII)
"""The same of Red Hat and those who rebuild it (Fedora's "Making sudo pip safe"): pip writes below `usr/local`, images below `opt`."""
_OWN: Final = {"debian": _DEBIANS_OWN, "ubuntu": _DEBIANS_OWN, **dict.fromkeys(("almalinux", "centos", "rhel", "rocky"), _RED_HATS_OWN)}


def subject_of(package: Package, system: OperatingSystem | None, *, bills_tell_sources: bool = False) -> Subject | CannotAsk:
    """How OSV is asked about a package of an image.

    `bills_tell_sources`: whether the bills of materials that declare packages tell the source packages of any.
    """
    if not _PLAIN.fullmatch(package.name) or not _PLAIN.fullmatch(package.version) or package.version.lower() in _NO_VERSION:
        return CannotAsk(reason="no name and version are told that could be compared (a build from a checkout has none)")
    if package.type in OF_DISTRIBUTIONS:
        return subject_of_distribution(package, system, bills_tell_sources=bills_tell_sources)
    read = _LANGUAGES.get(package.type)
    if read is None:
        return CannotAsk(reason=f"the order of {package.type or 'such'} versions is not known here; give a scanner's report of the image")
    own = _OWN.get(system.id) if system else None
    if own is not None and own.match(package.path.lstrip("/")):
        return CannotAsk(reason="parts of the distribution's packages, mended without a new version; its advisories speak of those")
    return read(package)


def _one(package: Package, ecosystem: str, name: str, version: str = "") -> Subject:
    return Subject(package=package, version=version or package.version, places=(Place(ecosystem=ecosystem, name=name),))


def _pypi(package: Package) -> Subject:
    """By its normalized name."""
    return _one(package, "PyPI", pypi_name(package.name))


def _npm(package: Package) -> Subject:
    """With its scope."""
    return _one(package, "npm", f"{package.namespace}/{package.name}" if package.namespace else package.name)


def _maven(package: Package) -> Subject | CannotAsk:
    """As `group:artifact`: the name of an archive alone may be anybody's."""
    if not package.namespace:
        return CannotAsk(reason="the archives do not tell their group, and by the artifact's name alone they may be anybody's")
    return _one(package, "Maven", f"{package.namespace}:{package.name}")


def _golang(package: Package) -> Subject | CannotAsk:
    """By its module's path, without the `v` of the version.

    The standard library is `stdlib`, at the release of Go in the form of semver (https://go.dev/doc/security/vuln/database#schema).
    """
    if package.name != "stdlib" or package.namespace:
        return _one(package, "Go", "/".join(filter(None, (package.namespace, package.name))), package.version.removeprefix("v"))
    release = _GO_RELEASE.fullmatch(package.version.removeprefix("v").removeprefix("go"))
    if release is None:
        return CannotAsk(reason="they were built by a Go that is no release of its publisher")
    major, minor, patch, stage, number = release.groups()
    return _one(package, "Go", "stdlib", f"{major}.{minor}.{patch or 0}" + (f"-{stage}.{number}" if stage else ""))


def _gem(package: Package) -> Subject:
    return _one(package, "RubyGems", package.name)


_LANGUAGES: Final[dict[str, Callable[[Package], Subject | CannotAsk]]] = {
    "gem": _gem,
    "golang": _golang,
    "maven": _maven,
    "npm": _npm,
    "pypi": _pypi,
}
