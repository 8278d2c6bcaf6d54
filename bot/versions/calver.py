"""Calendar versions (`2024.02`, `24.04.1`, `2024-03-01`): the grammar of tags tells numberings by date from others already."""

from typing import Final

from bot.versions.docker import TagScheme
from bot.versions.scheme import VersionScheme

PLUGIN: Final[VersionScheme] = TagScheme(name="calver")
