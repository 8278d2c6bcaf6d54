"""Woodpecker (workflow syntax: steps, services and clone, each a list or a mapping)."""

import re
from typing import Final

from bot.find.ci_images import PipelineFinder
from bot.find.finder import Finder

_PARTS: Final = ("steps", "services", "clone", "pipeline")

PLUGIN: Final[Finder] = PipelineFinder(
    name="woodpecker",
    files=re.compile(r"(?:.*/)?\.woodpecker(?:/.*)?\.ya?ml"),
    paths=tuple(f"{part}{each}.image" for part in _PARTS for each in ("[]", ".*")),
)
