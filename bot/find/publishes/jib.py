"""Maven's and Gradle's image plug-ins (their own documentation): where Jib, Spring Boot and fabric8 put what they build."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.publishes.reader import Context, Reader, published
from bot.find.syntax.code import Blocks, strings, without_comments
from bot.find.syntax.lines import Lines
from bot.find.syntax.xml import leaves
from bot.model.published import Published

_HINT: Final = re.compile(r"jib|bootBuildImage|spring-boot-maven-plugin|docker-maven-plugin")
_ASSIGNED: Final = re.compile(r"(?P<way>[\w.]+)[ \t]*(?:=|\(|[ \t])[ \t]*(?:\"\"\"|['\"])$")
_GRADLE: Final = (("jib", "to", "image"), ("bootBuildImage", "imageName"))
_MAVEN: Final = (("to", "image"), ("image", "name"))
"""Ends of ways to an element or a property."""
_LOOK_BACK_CHARACTERS: Final = 80


class JibReader:
    def matches(self, path: PurePosixPath) -> bool:
        return path.name.endswith((".gradle", ".gradle.kts")) or path.name == "pom.xml"

    def read(self, path: PurePosixPath, text: str, context: Context) -> Iterator[Published]:
        if not _HINT.search(text):
            return
        lines = Lines(text)
        for start, name in _in_maven(text) if path.suffix == ".xml" else _in_gradle(text):
            found = published(path, lines.line(start), name, by="maven" if path.suffix == ".xml" else "gradle", context=context)
            if found:
                yield found


def _in_maven(text: str) -> Iterator[tuple[int, str]]:
    return ((leaf.start, leaf.text) for leaf in leaves(text) if "plugin" in leaf.path and leaf.path[-2:] in _MAVEN)


def _in_gradle(text: str) -> Iterator[tuple[int, str]]:
    bare = without_comments(text)
    blocks = Blocks(bare)
    for string in strings(text):
        assigned = _ASSIGNED.search(bare[max(0, string.start - _LOOK_BACK_CHARACTERS) : string.start])
        if assigned is not None:
            way = (*blocks.around(string.start), *assigned["way"].removesuffix(".set").split("."))
            if any(way[-len(place) :] == place for place in _GRADLE):
                yield string.start, string.text


PLUGIN: Final[Reader] = JibReader()
