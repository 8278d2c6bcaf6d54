"""Versions of Alpine packages (apk-package(5)): numbers, a letter, suffixes, revision."""

import re
from typing import Final

from univers.versions import AlpineLinuxVersion

from bot.versions.library import univers_scheme
from bot.versions.scheme import VersionScheme

PLUGIN: Final[VersionScheme] = univers_scheme(
    name="alpine",
    version=AlpineLinuxVersion,
    shape=re.compile(r"\d+(?:\.\d+)*[a-z]?(?:_[a-z]+\d*)*(?:-r\d+)?", re.ASCII),
    prerelease=re.compile(r"_(?:alpha|beta|pre|rc)", re.ASCII),
)
