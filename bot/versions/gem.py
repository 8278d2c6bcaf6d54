"""Versions of Ruby gems, ordered as Gem::Version does: a letter makes a prerelease."""

import re
from typing import Final

from univers.versions import RubygemsVersion

from bot.versions.library import univers_scheme
from bot.versions.scheme import VersionScheme

PLUGIN: Final[VersionScheme] = univers_scheme(
    name="gem",
    version=RubygemsVersion,
    shape=re.compile(r"v?\d+(?:[.-][0-9A-Za-z]+)*", re.ASCII),
    prerelease=re.compile(r"[A-Za-uw-z]", re.ASCII),
)
