"""How each package ecosystem orders its versions, by the type in package URLs; `univers` knows them."""

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


def compare_versions(package_type: str, first: str, second: str) -> int | None:
    """-1 where the first is older, 1 where it is newer, 0 where they are the same; None: not certain, or no such type."""
    order = _ORDERS.get(package_type)
    if order is None:
        return None
    try:
        one, other = order(first), order(second)
        is_older, is_newer, is_same = bool(one < other), bool(one > other), bool(one == other)
    except (InvalidVersion, TypeError, ValueError, AttributeError, IndexError):
        return None
    return None if is_older + is_newer + is_same != 1 else is_newer - is_older
