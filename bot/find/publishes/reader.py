"""The seam of the readers of outputs, and how a name with variables is read."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final, Protocol

from bot.model.image import ImageReference, InvalidReferenceError, split_tag
from bot.model.published import Published

_DEFAULT: Final = re.compile(r"\$\{\w{1,100}:?-(?P<default>[^${}]{0,300})\}", re.ASCII)
_EXPRESSION: Final = re.compile(r"\$\{\{[ \t]*(?P<name>[\w.-]{1,200})[ \t]*\}\}", re.ASCII)
_VARIABLE: Final = re.compile(r"\$\{\{.{0,300}?\}\}|\{\{.{0,300}?\}\}|\$\{[^}]{0,300}\}|\$\([^)]{0,300}\)|\$\w{1,100}|@[\w.-]{1,100}@")
_MARK: Final = "\N{WHITE SQUARE}"
"""Stands for a variable: no name and no tag may hold it."""
_MAX_CHARACTERS: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is known beside the file."""

    repo: str = ""
    """`owner/name`; empty where it is not known."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Values of GitHub's expressions: `env.REGISTRY`."""


class Reader(Protocol):
    """A way of building. Pure."""

    def matches(self, path: PurePosixPath) -> bool:
        """Whether a file of this name may say what is built."""
        ...

    def read(self, path: PurePosixPath, text: str, context: Context) -> Iterator[Published]:
        """What the file says. Never raises for its content."""
        ...


def published(path: PurePosixPath, line: int, text: str, *, by: str, context: Context) -> Published | None:
    """The image that a text names; None for an empty one and for prose."""
    if not text or len(text) > _MAX_CHARACTERS or any(character.isspace() for character in _VARIABLE.sub("", text)):
        return None
    known = {
        "github.repository": context.repo.lower(),
        "github.repository_owner": context.repo.partition("/")[0].lower(),
        **context.variables,
    }
    resolved = _DEFAULT.sub(lambda match: match["default"], text)
    resolved = _EXPRESSION.sub(lambda match: known.get(match["name"]) or match.group(), resolved)
    name, tag = split_tag(_VARIABLE.sub(_MARK, resolved.partition("@")[0]))
    return Published(file=path, line=line, text=text, name=_normal(name), tag=None if tag is None or _MARK in tag else tag, by=by)


def _normal(name: str) -> str | None:
    try:
        return None if _MARK in name else ImageReference.parse(name).name
    except InvalidReferenceError:
        return None
