"""Drone (docker pipelines: steps and services; `pipeline` of its 0.8 form)."""

import re
from typing import Final

from bot.find.ci_images import PipelineFinder
from bot.find.finder import Finder

PLUGIN: Final[Finder] = PipelineFinder(
    name="drone",
    files=re.compile(r"(?:.*/)?\.drone\.ya?ml"),
    paths=("steps[].image", "services[].image", "pipeline.*.image", "services.*.image"),
)
