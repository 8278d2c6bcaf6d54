"""Fly.io's app configuration (fly.toml reference, `build`): the image that runs, or the builder."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Finder, Tree
from bot.find.reference import Literal, find_reference
from bot.find.syntax.lines import Lines
from bot.find.syntax.toml import assigned_strings
from bot.model.pin import Finding, Role

_FILES: Final = re.compile(r"fly(?:\.[\w.-]+)?\.toml", re.ASCII)
_ROLES: Final = {"build.image": Role.IMAGE, "build.builder": Role.BUILD_BASE}


class FlyFinder:
    name = "fly"

    def matches(self, path: PurePosixPath) -> bool:
        return _FILES.fullmatch(path.name) is not None

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - nothing stands elsewhere
        lines = Lines(text)
        for value in assigned_strings(text):
            role = _ROLES.get(".".join((*value.table, *value.key)))
            if role is not None and value.text:
                yield find_reference(Literal(file=path, finder=self.name, text=value.text, start=value.start, lines=lines), role=role)


PLUGIN: Final[Finder] = FlyFinder()
