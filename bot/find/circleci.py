"""CircleCI (configuration reference: executors and jobs, docker)."""

import re
from typing import Final

from bot.find.ci_images import PipelineFinder
from bot.find.finder import Finder

PLUGIN: Final[Finder] = PipelineFinder(
    name="circleci",
    files=re.compile(r"(?:.*/)?\.circleci/.*\.ya?ml"),
    paths=("executors.*.docker[].image", "jobs.*.docker[].image"),
)
