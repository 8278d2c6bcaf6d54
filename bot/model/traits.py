"""What the packages of an image tell of it: its family, its libc, whether it has a shell. By their names, so only where all were read."""

from collections.abc import Iterable
from typing import Final

SHELLS: Final = frozenset({"bash", "dash", "busybox", "ash", "ksh", "mksh", "zsh"})
GLIBC: Final = frozenset({("deb", "libc6"), ("rpm", "glibc"), ("apk", "glibc")})
MUSL: Final = frozenset({("apk", "musl"), ("deb", "musl"), ("rpm", "musl")})
_OF_SYSTEMS: Final = ("deb", "apk", "rpm")

Names = frozenset[tuple[str, str]]
"""Type and name of each package."""


def libc_of(names: Names) -> str:
    """`glibc`, `musl`, `glibc and musl`, `none`."""
    return " and ".join(word for word, known in (("glibc", GLIBC), ("musl", MUSL)) if names & known) or "none"


def has_shell(names: Names) -> bool:
    return any(name in SHELLS for _, name in names)


def family_of(packages: Iterable[tuple[str, str]]) -> str:
    """Of the type and namespace of its packages: `deb (debian)`, `apk (wolfi)`; `no system packages`."""
    found = sorted({(type_, namespace) for type_, namespace in packages if type_ in _OF_SYSTEMS})
    return ", ".join(f"{type_} ({namespace})" if namespace else type_ for type_, namespace in found) or "no system packages"
