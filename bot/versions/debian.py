"""Versions of Debian packages (deb-version(7)): epoch, upstream version, revision."""

import re
from typing import Final

from univers.versions import DebianVersion

from bot.versions.library import univers_scheme
from bot.versions.scheme import VersionScheme

PLUGIN: Final[VersionScheme] = univers_scheme(
    name="debian",
    version=DebianVersion,
    shape=re.compile(r"(?:\d+:)?\d[0-9A-Za-z.+~-]*", re.ASCII),
    prerelease=re.compile(r"~", re.ASCII),
)
