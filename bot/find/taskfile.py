"""Taskfiles (Task, schema reference): variables that hold a whole image reference, and images in texts that commands write."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Finder, Tree
from bot.find.literal_lines import find_in_lines
from bot.find.syntax.yaml import Scalar, read
from bot.find.syntax.yaml_paths import select
from bot.find.yaml_pins import YamlSource, distinct, full_reference
from bot.model.pin import Finding

_FILES: Final = re.compile(r"(?:[\w-]+\.)?taskfile(?:\.dist)?\.ya?ml|(?:.*/)?\.taskfiles/.*\.ya?ml")
_VARIABLES: Final = ("vars.*", "env.*", "tasks.*.vars.*", "tasks.*.env.*", "tasks.*.cmds[].vars.*")
_COMMANDS: Final = ("tasks.*.cmds[]", "tasks.*.cmds[].cmd", "tasks.*.cmd")


class TaskfileFinder:
    name = "taskfile"
    precedence = 5

    def matches(self, path: PurePosixPath) -> bool:
        return _FILES.fullmatch(path.name.lower()) is not None or _FILES.fullmatch(str(path).lower()) is not None

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - nothing stands elsewhere
        source = YamlSource(file=path, finder=self.name, stream=read(text))
        for document in source.stream.mappings():
            variables = (node for place in _VARIABLES for node in select(document, place) if isinstance(node, Scalar))
            yield from distinct(source.reference(value) for value in variables if full_reference(value.value) == value.value)
            commands = (node for place in _COMMANDS for node in select(document, place) if isinstance(node, Scalar))
            for command in commands:
                yield from find_in_lines(source, command.span, is_unmistakable=True)


PLUGIN: Final[Finder] = TaskfileFinder()
