"""Podman's Quadlet units (podman-systemd.unit): images that systemd runs. Names of other units are no images."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Finder, Tree
from bot.find.reference import Literal, find_reference
from bot.find.syntax.lines import Lines
from bot.model.pin import Finding, Role

_SUFFIXES: Final = frozenset({".container", ".image", ".volume"})
_IMAGE: Final = re.compile(r"^[ \t]*Image[ \t]*=[ \t]*(?:docker://)?(?P<reference>[^\s#]+)[ \t\r]*$", re.MULTILINE)
_UNITS: Final = (".image", ".build")


class QuadletFinder:
    name = "quadlet"

    def matches(self, path: PurePosixPath) -> bool:
        return path.suffix in _SUFFIXES

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - nothing stands elsewhere
        lines = Lines(text)
        for match in _IMAGE.finditer(text):
            reference = match["reference"]
            if not reference.endswith(_UNITS):
                literal = Literal(file=path, finder=self.name, text=reference, start=match.start("reference"), lines=lines)
                yield find_reference(literal, role=Role.IMAGE)


PLUGIN: Final[Finder] = QuadletFinder()
