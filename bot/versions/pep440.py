"""Versions of Python packages (PEP 440), read by `packaging`."""

from typing import Final

import packaging.version

from bot.versions.library import LibraryScheme
from bot.versions.scheme import Version, VersionScheme


def read(value: str) -> Version | None:
    try:
        version = packaging.version.Version(value)
    except packaging.version.InvalidVersion:
        return None
    return Version(raw=value, key=version, line="", numbers=version.release, is_prerelease=version.is_prerelease)


PLUGIN: Final[VersionScheme] = LibraryScheme(name="pep440", reader=read)
