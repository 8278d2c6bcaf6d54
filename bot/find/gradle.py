"""Gradle's image plug-ins (their own documentation): base images of Jib and Spring Boot, in Groovy and Kotlin. Targets are outputs."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Finder, Tree
from bot.find.reference import Literal, find_reference
from bot.find.syntax.code import Blocks, strings, without_comments
from bot.find.syntax.lines import Lines
from bot.model.pin import Finding, Role

_ASSIGNED: Final = re.compile(r"(?P<way>[\w.]+)[ \t]*(?:=|\(|[ \t])[ \t]*(?:\"\"\"|['\"])$")
_BASES: Final = {
    ("jib", "from", "image"): Role.FINAL_BASE,
    ("bootBuildImage", "builder"): Role.BUILD_BASE,
    ("bootBuildImage", "runImage"): Role.FINAL_BASE,
}
_LOOK_BACK_CHARACTERS: Final = 80


class GradleFinder:
    name = "gradle"

    def matches(self, path: PurePosixPath) -> bool:
        return path.name.endswith((".gradle", ".gradle.kts"))

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - nothing stands elsewhere
        if "jib" not in text and "bootBuildImage" not in text:
            return
        lines, bare = Lines(text), without_comments(text)
        blocks = Blocks(bare)
        for string in strings(text):
            assigned = _ASSIGNED.search(bare[max(0, string.start - _LOOK_BACK_CHARACTERS) : string.start])
            if assigned is None or not string.text:
                continue
            way = (*blocks.around(string.start), *assigned["way"].removesuffix(".set").split("."))
            role = next((role for base, role in _BASES.items() if way[-len(base) :] == base), None)
            if role is None:
                continue
            literal = Literal(file=path, finder=self.name, text=string.text, start=string.start, lines=lines)
            if string.is_template:
                yield literal.skip("holds a placeholder: the value is known only when it is filled in")
            else:
                yield find_reference(literal, role=role)


PLUGIN: Final[Finder] = GradleFinder()
