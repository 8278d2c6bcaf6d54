"""Jenkins pipelines (Pipeline syntax; Docker Pipeline plug-in): docker agents, `docker.image(...)`, images of pod templates."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Finder, Tree
from bot.find.reference import Literal, find_reference
from bot.find.syntax.code import strings, without_comments
from bot.find.syntax.lines import Lines
from bot.model.pin import Finding, Role

_FILES: Final = re.compile(r"jenkinsfile(?:[._-].*)?|.*\.jenkinsfile")
_BEFORE: Final = re.compile(
    r"(?:\bimage[ \t]*[:(]?[ \t]*|\bdocker[ \t]+"
    r"|\b(?:docker|withDockerContainer)(?:\.image)?[ \t]*\([ \t]*(?:image[ \t]*:[ \t]*)?)['\"]{0,3}$"
)
_LOOK_BACK_CHARACTERS: Final = 80


class JenkinsfileFinder:
    name = "jenkinsfile"

    def matches(self, path: PurePosixPath) -> bool:
        return _FILES.fullmatch(path.name.lower()) is not None

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - nothing stands elsewhere
        lines, bare = Lines(text), without_comments(text)
        for string in strings(text):
            if not string.text or any(character.isspace() for character in string.text):
                continue
            if not _BEFORE.search(bare[max(0, string.start - _LOOK_BACK_CHARACTERS) : string.start]):
                continue
            literal = Literal(file=path, finder=self.name, text=string.text, start=string.start, lines=lines)
            if string.is_template:
                yield literal.skip("holds a placeholder: the value is known only when it is filled in")
            else:
                yield find_reference(literal, role=Role.CI_IMAGE)


PLUGIN: Final[Finder] = JenkinsfileFinder()
