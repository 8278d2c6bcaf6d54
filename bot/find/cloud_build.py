"""Google Cloud Build (build configuration schema): the name of a step is its image; `images` are outputs."""

import re
from typing import Final

from bot.find.ci_images import PipelineFinder
from bot.find.finder import Finder

PLUGIN: Final[Finder] = PipelineFinder(
    name="cloud-build",
    files=re.compile(r"(?:.*/)?cloudbuild[^/]*\.(?:ya?ml|json)"),
    paths=("steps[].name",),
)
