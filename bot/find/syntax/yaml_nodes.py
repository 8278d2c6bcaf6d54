"""The tree of a YAML document: mappings, sequences, and scalars that know where their text stands."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.model.pin import Span

_MERGE: Final = "<<"
_MAX_MERGED: Final = 40
"""Mappings that one look-up goes through, over merge keys."""
_NULL: Final = frozenset({"", "~", "null", "Null", "NULL"})
_NO_STRING: Final = re.compile(
    r"|~|null|Null|NULL|true|True|TRUE|false|False|FALSE|[yY]es|YES|[nN]o|NO|[oO]n|ON|[oO]ff|OFF"
    r"|[-+]?[0-9][0-9_]*|0[xo][0-9a-fA-F]+|[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
    re.ASCII,
)
"""What YAML 1.1 (Kubernetes, Helm, Go) or the 1.2 core schema reads as no string when it stands unquoted."""


class Style(StrEnum):
    PLAIN = "plain"
    SINGLE = "single-quoted"
    DOUBLE = "double-quoted"
    LITERAL = "literal"
    FOLDED = "folded"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scalar:
    """A piece of text. Compared by identity."""

    value: str
    """As YAML reads it; without the line end of a block scalar of one line; with its braces where a template stands in it."""
    style: Style
    span: Span
    """Of the value's own text, without quotes, anchor and tag; of a block scalar the content lines (a single one: without indentation)."""
    is_exact: bool
    """Whether the text under the span is the value, character for character: only then parts of it can be edited in place."""
    tag: str | None = None

    @property
    def is_null(self) -> bool:
        return self.style is Style.PLAIN and self.tag is None and self.value in _NULL

    @property
    def is_string(self) -> bool:
        """Whether readers take it for a string: not for `1.10`, `yes`, `~` and the like without quotes."""
        return self.style is not Style.PLAIN or self.tag is not None or not _NO_STRING.fullmatch(self.value)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sequence:
    items: "tuple[Node, ...]"

    def mappings(self) -> "Iterator[Mapping]":
        """Those items that are mappings."""
        return (item for item in self.items if isinstance(item, Mapping))

    def scalars(self) -> Iterator[Scalar]:
        """Those items that are scalars."""
        return (item for item in self.items if isinstance(item, Scalar))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mapping:
    """Keys and values in order, duplicates kept. Look-ups take the last of duplicates, as JSON readers do, and follow merge keys."""

    pairs: "tuple[tuple[Node, Node], ...]"

    def entries(self) -> "Iterator[tuple[Scalar, Node]]":
        """The pairs whose key is a scalar, merge keys among them."""
        return ((key, value) for key, value in self.pairs if isinstance(key, Scalar))

    def get(self, key: str) -> "Node | None":
        """The value of a key, of its own or merged in; None where there is none."""
        waiting, seen = [self], set[int]()
        for mapping in waiting:  # grows while it is read
            if id(mapping) in seen or len(seen) == _MAX_MERGED:
                continue
            seen.add(id(mapping))
            found: Node | None = None
            for name, value in mapping.entries():
                if name.value == key:
                    found = value
                elif name.value == _MERGE and isinstance(value, Mapping):
                    waiting.append(value)
                elif name.value == _MERGE and isinstance(value, Sequence):
                    waiting.extend(value.mappings())
            if found is not None:
                return found
        return None

    def at(self, *keys: str) -> "Node | None":
        """The node at the end of a way through mappings."""
        node: Node | None = self
        for key in keys:
            node = node.get(key) if isinstance(node, Mapping) else None
        return node

    def mapping(self, *keys: str) -> "Mapping | None":
        """The mapping at the end of a way through mappings."""
        node = self.at(*keys)
        return node if isinstance(node, Mapping) else None

    def sequence(self, *keys: str) -> Sequence | None:
        """The sequence at the end of a way through mappings."""
        node = self.at(*keys)
        return node if isinstance(node, Sequence) else None

    def scalar(self, *keys: str) -> Scalar | None:
        """The scalar at the end of a way through mappings; None where it is null or empty."""
        node = self.at(*keys)
        return node if isinstance(node, Scalar) and node.value and not node.is_null else None

    def text(self, *keys: str) -> str:
        """The same scalar's value; empty where there is none."""
        scalar = self.scalar(*keys)
        return scalar.value if scalar else ""


Node = Scalar | Sequence | Mapping


def walk(root: Node) -> Iterator[Node]:
    """Every node below and with the root, each once however many aliases lead to it, in reading order."""
    waiting, seen = [root], set[int]()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        match node:
            case Mapping():
                waiting += [part for pair in reversed(node.pairs) for part in reversed(pair)]
            case Sequence():
                waiting += reversed(node.items)
            case Scalar():
                pass
