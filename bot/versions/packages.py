"""How each package ecosystem orders its versions, by the type in package URLs; `univers` knows them."""

import re
from functools import lru_cache
from typing import Any, Final

from univers.versions import (
    AlpineLinuxVersion,
    DebianVersion,
    GolangVersion,
    InvalidVersion,
    MavenVersion,
    PypiVersion,
    RpmVersion,
    RubygemsVersion,
    SemverVersion,
)

_ORDERS: Final[dict[str, type[Any]]] = {
    "apk": AlpineLinuxVersion,
    "deb": DebianVersion,
    "gem": RubygemsVersion,
    "golang": GolangVersion,
    "maven": MavenVersion,
    "npm": SemverVersion,
    "pypi": PypiVersion,
    "rpm": RpmVersion,
}
"""`univers` has no types."""
_VCS: Final = re.compile(r"_(cvs|svn|git|hg)(?=[0-9_-]|$)", re.ASCII)
_PATCH: Final = re.compile(r"_p(?=[0-9_-]|$)", re.ASCII)


def compare_versions(package_type: str, first: str, second: str) -> int | None:
    """-1 where the first is older, 1 where it is newer, 0 where they are the same; None: not certain, or no such type."""
    if package_type not in _ORDERS:
        return None
    first, second = _readable(package_type, first, second)
    try:
        one, other = _read(package_type, first), _read(package_type, second)
        is_older, is_newer, is_same = bool(one < other), bool(one > other), bool(one == other)
    except (InvalidVersion, TypeError, ValueError, AttributeError, IndexError):
        return None
    return None if is_older + is_newer + is_same != 1 else is_newer - is_older


@lru_cache(maxsize=4096)
def _read(package_type: str, version: str) -> Any:  # noqa: ANN401 a version of `univers`, which has no types
    return _ORDERS[package_type](version)


def _readable(package_type: str, first: str, second: str) -> tuple[str, str]:
    """Both in the form that `univers` orders rightly, in which their order is the same."""
    match package_type:
        case "golang" | "npm":  # build metadata has no precedence (SemVer 2.0, item 10)
            return first.partition("+")[0], second.partition("+")[0]
        case "apk" if len({*_VCS.findall(first), *_VCS.findall(second)}) == 1 and not _PATCH.search(f"{first} {second}"):
            # Like `_p`, the marks of a checkout come after the plain version (apk-package(5)); `univers` knows only Gentoo's marks.
            return _VCS.sub("_p", first), _VCS.sub("_p", second)
        case _:
            return first, second
