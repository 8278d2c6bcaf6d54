"""Bitbucket Pipelines (configuration reference: image, services, pipes as images)."""

import re
from typing import Final

from bot.find.ci_images import PipelineFinder
from bot.find.finder import Finder

PLUGIN: Final[Finder] = PipelineFinder(
    name="bitbucket-pipelines",
    files=re.compile(r"(?:.*/)?bitbucket-pipelines\.ya?ml"),
    paths=("image", "definitions.services.*.image", "**.step.image"),
    scheme_paths=("**.pipe",),
)
