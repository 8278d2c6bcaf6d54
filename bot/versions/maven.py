"""Versions of Maven artifacts, ordered as Maven's ComparableVersion does."""

import re
from typing import Final

from univers.versions import MavenVersion

from bot.versions.library import univers_scheme
from bot.versions.scheme import VersionScheme

PLUGIN: Final[VersionScheme] = univers_scheme(
    name="maven",
    version=MavenVersion,
    shape=re.compile(r"v?\d[0-9A-Za-z._+-]*", re.ASCII),
    variant=re.compile(r"[.-](?:android|jdk|jre|java|scala|spark|hadoop|groovy)[-_]?[\d.]*$", re.ASCII),
    prerelease=re.compile(r"(?i)(?<![a-z])(?:alpha|a|beta|b|milestone|m|rc|cr|snapshot|ea|pre|preview)(?![a-z])", re.ASCII),
)
