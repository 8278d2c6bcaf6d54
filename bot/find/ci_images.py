"""Pipelines in YAML whose images stand at fixed places: the places of each product, and one finder for each."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Tree
from bot.find.syntax.yaml import Mapping, Node, Scalar, read
from bot.find.syntax.yaml_paths import select
from bot.find.yaml_pins import YamlSource
from bot.model.pin import Finding, Role

DOCKER_SCHEME: Final = "docker://"


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineFinder:
    """Images at fixed paths of the documents of files with certain names."""

    name: str
    files: re.Pattern[str]
    """What the whole path must match, in lower case."""
    paths: tuple[str, ...]
    """Where an image is a string, or a mapping with the image under `name` or `image` (`bot.find.syntax.yaml_paths`)."""
    scheme_paths: tuple[str, ...] = ()
    """Where an image stands behind `docker://`, and other things are no images."""
    precedence: int = 10
    """Above the formats that go by content."""

    def matches(self, path: PurePosixPath) -> bool:
        return self.files.fullmatch(str(path).lower()) is not None

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - nothing stands elsewhere
        source = YamlSource(file=path, finder=self.name, stream=read(text))
        seen: set[int] = set()
        for document in source.stream.documents:
            nodes = [(node, "") for place in self.paths for node in select(document, place)]
            nodes += [(node, DOCKER_SCHEME) for place in self.scheme_paths for node in select(document, place)]
            for node, scheme in nodes:
                scalar = _image(node)
                if scalar is None or id(scalar) in seen or not scalar.value.startswith(scheme):
                    continue
                seen.add(id(scalar))
                yield source.reference(scalar, role=Role.CI_IMAGE, part=scalar.value.removeprefix(scheme) if scheme else None)


def _image(node: Node) -> Scalar | None:
    if isinstance(node, Mapping):
        node = node.scalar("name") or node.scalar("image") or node
    return node if isinstance(node, Scalar) and node.value and not node.is_null else None
