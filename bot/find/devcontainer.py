"""Development containers (devcontainer.json reference): the image, and features by OCI reference, in JSON with comments."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Finder, Tree
from bot.find.syntax.code import without_comments
from bot.find.syntax.yaml import read
from bot.find.yaml_pins import YamlSource
from bot.model.pin import Finding, Role

_FILES: Final = re.compile(r"(?:.*/)?(?:\.devcontainer/(?:[^/]+/)?devcontainer|\.devcontainer)\.json")
_NO_REFERENCE: Final = ("./", "../", "http://", "https://")


class DevcontainerFinder:
    name = "devcontainer"
    precedence = 10

    def matches(self, path: PurePosixPath) -> bool:
        return _FILES.fullmatch(str(path)) is not None

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - nothing stands elsewhere
        # Without its comments, such a file is a flow mapping of YAML.
        source = YamlSource(file=path, finder=self.name, stream=read(without_comments(text)))
        for document in source.stream.mappings():
            image = document.scalar("image")
            if image is not None:
                yield source.reference(image, role=Role.CI_IMAGE)
            features = document.mapping("features")
            for feature, _ in features.entries() if features else ():
                if not feature.value.startswith(_NO_REFERENCE) and "/" in feature.value:
                    yield source.reference(feature, role=Role.CI_IMAGE)


PLUGIN: Final[Finder] = DevcontainerFinder()
