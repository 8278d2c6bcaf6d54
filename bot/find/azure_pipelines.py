"""Azure Pipelines (YAML schema: container resources, and jobs whose container is an image and no resource's alias)."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Finder, Tree
from bot.find.syntax.yaml import Mapping, Scalar, read
from bot.find.syntax.yaml_paths import select
from bot.find.yaml_pins import YamlSource
from bot.model.pin import Finding, Role

_FILES: Final = re.compile(r"(?:.*/)?(?:[^/]*azure-?pipelines?[^/]*|\.(?:azure|vsts)[^/]*/.*)\.ya?ml")


class AzurePipelinesFinder:
    name = "azure-pipelines"
    precedence = 10

    def matches(self, path: PurePosixPath) -> bool:
        return _FILES.fullmatch(str(path).lower()) is not None

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - nothing stands elsewhere
        source = YamlSource(file=path, finder=self.name, stream=read(text))
        for document in source.stream.mappings():
            resources = [node for node in select(document, "resources.containers[]") if isinstance(node, Mapping)]
            aliases = {resource.text("container") for resource in resources}
            images = [resource.scalar("image") for resource in resources if resource.text("type") in {"", "Docker"}]
            for place in ("container", "**.container", "**.container.image"):
                images += [node for node in select(document, place) if isinstance(node, Scalar) and node.value not in aliases]
            for image in dict.fromkeys(image for image in images if image is not None and not image.is_null):
                yield source.reference(image, role=Role.CI_IMAGE)


PLUGIN: Final[Finder] = AzurePipelinesFinder()
