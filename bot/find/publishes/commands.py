"""Makefiles, scripts and pipelines: the tags of `docker build -t`, and of the like; variables of the same file are filled in."""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Final

from bot.find.publishes.reader import Context, Reader, published
from bot.find.syntax.lines import Lines
from bot.model.published import Published

_FILES: Final = re.compile(
    r"(?:gnu)?makefile(?:\.[\w-]+)?|justfile|jenkinsfile(?:\.[\w-]+)?|.*taskfile[^/]*\.ya?ml|.*\.(?:mk|mak|make|sh|bash|zsh|just)|.*gitlab-ci.*\.ya?ml",
    re.ASCII | re.IGNORECASE,
)
_BUILD: Final = re.compile(
    r"\b(?:docker|podman|nerdctl|buildah)(?:[ \t]++buildx)?(?:[ \t]++image)?[ \t]++(?:build|bud)\b(?P<rest>(?:[^\n\\;&|]|\\.|\\\r?\n)*+)"
)
_TAG: Final = re.compile(
    r"(?<!\S)(?:-t|--tag)(?:[ \t]+|=)(?P<quote>[\"']?)(?P<image>(?:\$\([^)\n]{1,100}\)|\$\{[^}\n]{1,100}\}|[^\s\"'\\])+)(?P=quote)"
)
_ASSIGNED: Final = re.compile(
    r"^[ \t]*(?:(?:export|local|readonly)[ \t]+)?(?P<name>[A-Za-z_]\w{0,100})[ \t]*[:?]{0,2}=[ \t]*"
    r"(?P<quote>[\"']?)(?P<value>[^\s\"'#]{1,300})(?P=quote)[ \t]*(?:#.*)?\r?$",
    re.MULTILINE | re.ASCII,
)
_VARIABLE: Final = re.compile(r"\$[({]?(?P<name>[A-Za-z_]\w{0,100})[)}]?", re.ASCII)
_MAX_STEPS: Final = 5
"""Of variables that are made of variables."""
_MAX_CHARACTERS: Final = 1000


class CommandsReader:
    def matches(self, path: PurePosixPath) -> bool:
        return _FILES.fullmatch(path.name) is not None

    def read(self, path: PurePosixPath, text: str, context: Context) -> Iterator[Published]:
        if "build" not in text and "bud" not in text:
            return
        lines, variables = Lines(text), _variables(text)
        for build in _BUILD.finditer(text):
            if text[text.rfind("\n", 0, build.start()) + 1 : build.start()].lstrip().startswith("#"):
                continue
            for tag in _TAG.finditer(text, *build.span("rest")):
                image = _filled(tag["image"], variables)
                found = published(path, lines.line(tag.start("image")), image, by="command", context=context)
                if found:
                    yield found


def _variables(text: str) -> Mapping[str, str]:
    """The variables that have one value in the file; of one that is set anew nobody knows which counts."""
    found: dict[str, str | None] = {}
    for match in _ASSIGNED.finditer(text):
        known = found.setdefault(match["name"], match["value"])
        if known != match["value"]:
            found[match["name"]] = None
    return {name: value for name, value in found.items() if value is not None}


def _filled(text: str, variables: Mapping[str, str]) -> str:
    for _ in range(_MAX_STEPS):
        filled = _VARIABLE.sub(lambda match: variables.get(match["name"], match.group()), text)
        if filled == text or len(filled) > _MAX_CHARACTERS:
            break
        text = filled
    return text


PLUGIN: Final[Reader] = CommandsReader()
