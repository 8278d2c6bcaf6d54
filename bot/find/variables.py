"""Variables of Makefiles, shell scripts and dotenv files that hold an unmistakable image reference: a registry host, a tag or digest.

`GO_IMAGE := quay.io/acme/go:1.22`, `: "${TOOL:=ghcr.io/acme/tool:2.1@sha256:...}"`, and in scripts and recipes the words of commands
(`script_words`). Comments are no references. What the file itself builds, pushes or tags is an output; a dotenv variable that a Compose
file beside it uses is that file's.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Finder, Tree
from bot.find.reference import Literal, find_reference
from bot.find.script_words import Script, find_in_script, outputs_of_commands
from bot.find.syntax.lines import Lines
from bot.find.yaml_pins import full_reference
from bot.model.pin import Finding, Pin, Role, Span

_FILES: Final = re.compile(
    r"(?:gnu)?makefile(?:\.[\w-]+)?|.*\.(?:mk|mak|make|sh|bash|zsh|envrc)|\.?env(?:\.[\w.-]+)?|.*\.env", re.ASCII | re.IGNORECASE
)
_REFERENCE: Final = r"[a-z0-9][\w./@:-]{3,500}+"
_ASSIGNED: Final = re.compile(
    rf"^[ \t]*+(?:(?:export|readonly|local|override|declare[ \t]++-\w++)[ \t]++)?(?P<name>[A-Za-z_][\w.-]*+)[ \t]*+(?:[:?]{{0,3}}=)[ \t]*+"
    rf"(?:(?P<quote>['\"])(?P<quoted>{_REFERENCE})(?P=quote)|(?P<plain>{_REFERENCE}))[ \t]*+(?:\#[^\n]*+|;[^\n]*+)?\r?$"
    rf"|\$\{{(?P<defaulted>[A-Za-z_]\w*+):?[-=](?P<default>{_REFERENCE})\}}",
    re.ASCII | re.MULTILINE,
)
_DOTENV: Final = re.compile(r"\.?env(?:\.[\w.-]+)?|.*\.env(?:rc)?", re.ASCII | re.IGNORECASE)
_OUTPUT: Final = re.compile(r"(?:^|_)(?:IMG|TARGET|OUTPUT|DEST|DESTINATION|PUSH|PUBLISH)(?:_|$)", re.IGNORECASE)
"""What Makefiles, those of the operator SDK above all, call the image that they build."""
_PUSHED: Final = re.compile(r"(?:[ \t]-t|--tag|push)[ =\t]{1,8}[\"']?\$[({]{0,2}(?P<name>\w+)", re.ASCII)
_USED: Final = re.compile(r"\$\{?(?P<name>\w+)", re.ASCII)
_COMPOSE: Final = re.compile(r"(?:[\w-]+[._-])?(?:docker-)?compose[^/]*\.ya?ml", re.IGNORECASE)
_HINT: Final = re.compile(r"[/@][\w.-]+[:@]|\b(?:docker|podman|nerdctl)[ \t]")


class VariablesFinder:
    name = "variable"
    precedence = -20

    def matches(self, path: PurePosixPath) -> bool:
        return _FILES.fullmatch(path.name) is not None

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:
        if not _HINT.search(text):
            return
        lines = Lines(text)
        others = {match["name"] for match in _PUSHED.finditer(text)} | _used_by_compose(path, tree)
        for match in _ASSIGNED.finditer(text):
            name, kind = (match["defaulted"], "default") if match["default"] else (match["name"], "quoted" if match["quoted"] else "plain")
            if full_reference(match[kind]) != match[kind] or name in others or _OUTPUT.search(name) or _is_comment(text, match.start()):
                continue
            literal = Literal(file=path, finder=self.name, text=match[kind], start=match.start(kind), lines=lines)
            found = find_reference(literal, role=Role.IMAGE)
            if isinstance(found, Pin):
                yield found
        if not _DOTENV.fullmatch(path.name):
            outputs = outputs_of_commands(path, text)
            script = Script(file=path, finder=self.name, text=text, lines=lines, role=Role.IMAGE, outputs=outputs)
            yield from find_in_script(script, Span(0, len(text)))


def _is_comment(text: str, offset: int) -> bool:
    start = text.rfind("\n", 0, offset) + 1
    return text[start:offset].lstrip(" \t").startswith("#")


def _used_by_compose(path: PurePosixPath, tree: Tree) -> set[str]:
    """The variables that the Compose files beside a `.env` use."""
    if path.name != ".env":
        return set()
    texts = [tree.read(file) or "" for file in tree.files(path.parent) if _COMPOSE.fullmatch(file.name)]
    return {match["name"] for text in texts for match in _USED.finditer(text)}


PLUGIN: Final[Finder] = VariablesFinder()
