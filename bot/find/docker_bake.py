"""Docker Bake files in HCL (Bake file reference): contexts that name an image. Tags are outputs."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Finder, Tree
from bot.find.hcl_pins import HclSource
from bot.find.syntax.hcl import Block, read
from bot.find.syntax.lines import Lines
from bot.model.pin import Finding, Role

_FILES: Final = re.compile(r"docker-bake(?:\.override)?\.hcl|.*\.docker-bake\.hcl|bake\.hcl")
_IMAGE: Final = "docker-image://"


class DockerBakeFinder:
    name = "docker-bake"
    precedence = 10

    def matches(self, path: PurePosixPath) -> bool:
        return _FILES.fullmatch(path.name.lower()) is not None

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - nothing stands elsewhere
        source = HclSource(file=path, finder=self.name, lines=Lines(text))
        for block in read(text).walk():
            if block.type == "target":
                yield from _find_contexts(source, block)


def _find_contexts(source: HclSource, target: Block) -> Iterator[Finding]:
    for attribute in target.body.attributes:
        contexts = attribute.body.attributes if attribute.name == "contexts" and attribute.body else ()
        for context in contexts:
            for string in context.strings:
                if string.text.startswith(_IMAGE):
                    yield source.reference(string, role=Role.BUILD_BASE, prefix=_IMAGE)


PLUGIN: Final[Finder] = DockerBakeFinder()
