"""Semantic versions (semver.org 2.0.0), with the liberties that charts and git tags take: a leading `v`, fewer numbers."""

import re
from typing import Final

from univers.versions import InvalidVersion, SemverVersion

from bot.versions.library import LibraryScheme, numbers_of
from bot.versions.scheme import Version, VersionScheme

_SEMVER: Final = re.compile(r"[vV]?(\d{1,18}(?:\.\d{1,18}){0,2})(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?", re.ASCII)
_WORD_AND_NUMBER: Final = re.compile(r"(?<=[-.])([A-Za-z]+)0*(\d+)(?=\.|$)", re.ASCII)
_NUMBERS: Final = "XYZ"


def read(value: str) -> Version | None:
    """The version of a text: precision is kept (`v4` moves to `v5`), a `v` may come or go, build metadata gives no order (section 10).

    `rc10` counts as `rc.10`: by the letter of section 11 it came before `rc9`, which nobody who writes it means.
    """
    match = _SEMVER.fullmatch(value)
    if match is None:
        return None
    core, prerelease = match[1], _WORD_AND_NUMBER.sub(r"\1.\2", match[2] or "")
    try:
        key = SemverVersion(core + ".0" * (2 - core.count(".")) + prerelease)
    except InvalidVersion:
        return None
    return Version(
        raw=value,
        key=key,
        line="{" + ".".join(_NUMBERS[: core.count(".") + 1]) + "}",
        numbers=numbers_of(core),
        is_prerelease=bool(prerelease),
        is_stream=bool(prerelease) and not any(map(str.isdigit, prerelease)),
    )


PLUGIN: Final[VersionScheme] = LibraryScheme(name="semver", reader=read)
