"""Image references among the words of a script: in shell, in recipes of Makefiles, in commands that pipelines hold.

docker run --rm ghcr.io/acme/tool:1.4.0 check    a pin: the registry's host makes it certain
docker run --rm alpine:3.18 true                 a skip: a word of this form may be anything, `host:port` say
docker build -t ghcr.io/acme/api:2.0 .           nothing: what is built, tagged or pushed is an output
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from bot.find.publishes.commands import PLUGIN as COMMANDS
from bot.find.publishes.reader import Context
from bot.find.reference import PLACEHOLDER, Literal, find_reference
from bot.find.syntax.lines import Lines
from bot.find.yaml_pins import full_reference
from bot.model.pin import Finding, Pin, Role, Span

_COMMAND: Final = re.compile(r"(?:[^\n\\;|&]|\\\r?\n|\\.)++", re.DOTALL)
"""What stands between line ends and separators; a backslash at the end of a line continues it."""
_WORD: Final = re.compile(r"[^\s\"'`(){}\[\],<>\\]++")
_COMMENT: Final = re.compile(r"\s*+(?:[-*]\s++)?\#")
_ASSIGNMENT: Final = re.compile(
    r"\s*+(?:[-@]\s*+)?(?:(?:export|local|readonly|override|declare[ \t]++-\w++)[ \t]++)?[A-Za-z_][\w.-]*+[ \t]*+[:?+]{0,3}=[ \t]*+[\"']?"
)
"""Of a variable: what it is for is not said here."""
_WRITES: Final = re.compile(
    r"\b(?:docker|podman|nerdctl|buildah|crane|skopeo|regctl|oras|cosign|helm|kind|k3d|minikube|imgpkg|kbld)\b.{0,200}?[ \t]"
    r"(?:push|tag|copy|cp|sign|attest|rmi|load|save|import|mutate|append|publish|inspect|history|images?[ \t]rm)\b",
    re.DOTALL,
)
"""Commands whose references are outputs, or of images that are there already."""
_NAMES_OUTPUT: Final = re.compile(r"(?:-t|--tags?|--destination|-d|--output|-o|--cache-to|--cache-from)(?:=.*)?")
_RUNS: Final = re.compile(r"\b(?:docker|podman|nerdctl)[ \t]++(?:container[ \t]++|image[ \t]++)?(?:run|create|pull)\b")
_TAKES_VALUE: Final = re.compile(
    r"-[vpewulh]|--(?:volume|publish|env|env-file|name|workdir|mount|user|network|net|add-host|label|entrypoint|platform|hostname|cpus|memory|gpus)"
)
_MAYBE: Final = re.compile(r"(?=[^\s]*[a-z])[a-z0-9][a-z0-9._/-]{0,200}:[A-Za-z0-9_][\w.-]{0,127}", re.ASCII)
_NO_HOST: Final = "a word of a script that names no registry: write its host, or an annotation, to make it a pin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """Where a script stands, and how its findings are named."""

    file: PurePosixPath
    finder: str
    text: str
    """Of the whole file."""
    lines: Lines
    role: Role
    outputs: Collection[str] = ()
    """Names, in normal form, of images that are built here."""


def outputs_of_commands(path: PurePosixPath, text: str) -> frozenset[str]:
    """The names, in normal form, of the images that commands in a file build."""
    return frozenset(image.name for image in COMMANDS.read(path, text, Context()) if image.name)


def find_in_script(script: Script, span: Span) -> Iterator[Finding]:
    """The references in a piece of a file that is a script; those of comments, and outputs, are passed over."""
    for command in _COMMAND.finditer(script.text, span.start, span.end):
        if not _COMMENT.match(command.group()):
            yield from _find_in_command(script, command)


def _find_in_command(script: Script, command: re.Match[str]) -> Iterator[Finding]:
    runs, writes = _RUNS.search(command.group()), _WRITES.search(command.group())
    assigned = _ASSIGNMENT.match(command.group())
    value_start = command.start() + assigned.end() if assigned else 0
    before = ""
    for word in _WORD.finditer(script.text, *command.span()):
        part = full_reference(word.group())
        if word.group().startswith("#") or (writes and word.start() >= command.start() + writes.end()):
            return
        if word.start() <= value_start < word.end():
            part = None  # what the variable holds; what is behind `$(` is a command again
        if part and not _NAMES_OUTPUT.fullmatch(before) and not _NAMES_OUTPUT.fullmatch(word.group()):
            found = find_reference(_literal(script, word.end() - len(part), part), role=script.role)
            if isinstance(found, Pin) and found.dependency.name not in script.outputs:
                yield found
            runs = None
        elif runs and word.start() >= command.start() + runs.end() and _is_image(word.group(), before):
            yield _literal(script, word.start(), word.group()).skip(_NO_HOST)
            runs = None
        before = word.group()


def _is_image(word: str, before: str) -> bool:
    return _MAYBE.fullmatch(word) is not None and not _TAKES_VALUE.fullmatch(before) and not PLACEHOLDER.search(word)


def _literal(script: Script, start: int, text: str) -> Literal:
    return Literal(file=script.file, finder=script.finder, text=text, start=start, lines=script.lines)
