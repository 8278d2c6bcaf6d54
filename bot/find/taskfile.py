"""Taskfiles (Task, schema reference): variables that hold a whole image reference, words of commands, images in texts they write."""

import re
from collections.abc import Collection, Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Finder, Tree
from bot.find.literal_lines import find_in_lines
from bot.find.script_words import Script, find_in_script, outputs_of_commands
from bot.find.syntax.yaml import Scalar, read
from bot.find.syntax.yaml_paths import select
from bot.find.yaml_pins import YamlSource, distinct, full_reference
from bot.model.pin import Finding, Role

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
        outputs = outputs_of_commands(path, text)
        for document in source.stream.mappings():
            variables = (node for place in _VARIABLES for node in select(document, place) if isinstance(node, Scalar))
            yield from distinct(source.reference(value) for value in variables if full_reference(value.value) == value.value)
            commands = (node for place in _COMMANDS for node in select(document, place) if isinstance(node, Scalar))
            yield from distinct(found for command in commands for found in _find_in_command(source, command, outputs))


def _find_in_command(source: YamlSource, command: Scalar, outputs: Collection[str]) -> Iterator[Finding]:
    yield from find_in_lines(source, command.span, is_unmistakable=True)
    script = Script(
        file=source.file, finder=source.finder, text=source.stream.text, lines=source.stream.lines, role=Role.IMAGE, outputs=outputs
    )
    yield from find_in_script(script, command.span)


PLUGIN: Final[Finder] = TaskfileFinder()
