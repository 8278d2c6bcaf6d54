"""What no finder could read: a document of YAML or JSON that is broken, or nested deeper than anybody writes, and may hold pins."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Finder, Tree
from bot.find.syntax.code import without_comments
from bot.find.syntax.yaml import read
from bot.find.syntax.yaml_repair import has_braces
from bot.find.yaml_pins import is_yaml
from bot.model.pin import Finding, Skip

_PINS: Final = re.compile(r"image|repository|uses:|\bversion|\btag\b|\bchart", re.IGNORECASE)


class UnreadFinder:
    """Silence would say that there is nothing. Templates with braces are left to the finder that reads them line by line."""

    name = "unread"
    precedence = -9

    def matches(self, path: PurePosixPath) -> bool:
        return is_yaml(path) or path.name in {"devcontainer.json", ".devcontainer.json"}

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - a file stands for itself
        for problem in read(text if is_yaml(path) else without_comments(text)).problems:
            document = problem.span.of(text)
            if _PINS.search(document) and not has_braces(document):
                reason = f"can't be read here ({problem.message}); what this document pins may be missed"
                yield Skip(file=path, line=problem.line, text="", reason=reason)


PLUGIN: Final[Finder] = UnreadFinder()
