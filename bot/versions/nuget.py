"""Versions of NuGet packages: semantic versions with up to four numbers."""

import re
from typing import Final

from univers.versions import NugetVersion

from bot.versions.library import univers_scheme
from bot.versions.scheme import VersionScheme

PLUGIN: Final[VersionScheme] = univers_scheme(
    name="nuget",
    version=NugetVersion,
    shape=re.compile(r"v?\d+(?:\.\d+){0,3}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?", re.ASCII),
    prerelease=re.compile(r"^[^+]*-", re.ASCII),
)
