"""Go modules (go.mod reference, toolchain directive): the toolchain that a module or workspace is built with.

The `go` line beside it is the oldest language version that is enough, no choice of a release.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Finder, Tree
from bot.find.reference import Literal, version_pin
from bot.find.syntax.lines import Lines
from bot.model.dependency import GOLANG, Dependency
from bot.model.pin import Finding, Role

_TOOLCHAIN: Final = re.compile(r"^toolchain[ \t]+go(?P<version>[0-9][\w.]{0,30})[ \t]*(?://[^\n]*)?\r?$", re.MULTILINE | re.ASCII)


class GoModFinder:
    name = "go-mod"

    def matches(self, path: PurePosixPath) -> bool:
        return path.name in {"go.mod", "go.work"}

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - nothing stands elsewhere
        lines = Lines(text)
        for match in _TOOLCHAIN.finditer(text):
            literal = Literal(file=path, finder=self.name, text=match["version"], start=match.start("version"), lines=lines)
            yield version_pin(literal, dependency=Dependency(datasource=GOLANG, name="go"), name="go", role=Role.TOOL, scheme="loose")


PLUGIN: Final[Finder] = GoModFinder()
