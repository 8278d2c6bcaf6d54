"""Nomad job specifications (task config of the docker and podman drivers)."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Finder, Tree
from bot.find.hcl_pins import HclSource
from bot.find.syntax.hcl import Body, read
from bot.find.syntax.lines import Lines
from bot.model.pin import Finding, Role

_DOCKER: Final = "docker://"


class NomadFinder:
    name = "nomad"

    def matches(self, path: PurePosixPath) -> bool:
        return path.suffix == ".nomad" or path.name.endswith((".nomad.hcl", ".nomad.tpl"))

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - nothing stands elsewhere
        source = HclSource(file=path, finder=self.name, lines=Lines(text))
        for task in (block for block in read(text).walk() if block.type == "task"):
            image = _config(task.body).string("image")
            if image is not None:
                yield source.reference(image, role=Role.IMAGE, prefix=_DOCKER)


def _config(task: Body) -> Body:
    """The driver's configuration: a block, or (in older jobs) an object."""
    for block in task.blocks:
        if block.type == "config":
            return block.body
    return next((attribute.body for attribute in task.attributes if attribute.name == "config" and attribute.body), Body())


PLUGIN: Final[Finder] = NomadFinder()
