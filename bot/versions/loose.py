"""Versions of projects that follow no standard: git tags, releases and tools, by the grammar of tags."""

from typing import Final

from bot.versions.docker import TagScheme
from bot.versions.scheme import VersionScheme

PLUGIN: Final[VersionScheme] = TagScheme(name="loose")
