"""TOML read for its places: the strings that stand behind keys (TOML 1.0). Strings of several lines and escapes are passed over."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_NAME: Final = r"(?:[\w-]++|\"[^\"\\\n]{0,200}\"|'[^'\n]{0,200}')"
_DOTTED: Final = rf"{_NAME}(?:[ \t]{{0,8}}\.[ \t]{{0,8}}{_NAME}){{0,8}}+"
_TOKEN: Final = re.compile(
    rf"""(?P<comment>\#[^\n]*)
    |(?P<long>\"\"\"(?:(?!\"\"\").)*(?:\"\"\"|\Z)|'''(?:(?!''').)*(?:'''|\Z))
    |(?<![^\n\ufeff])[ \t]*\[\[?[ \t]{{0,8}}(?P<table>{_DOTTED})[ \t]{{0,8}}\]
    |(?<![\w-])(?P<key>{_DOTTED})[ \t]{{0,8}}=[ \t]{{0,200}}+(?:(?!\"{{3}}|'{{3}})(?:"(?P<basic>[^"\\\n]*+)"|'(?P<literal>[^'\n]*+)'))?
    |"(?:[^"\\\n]|\\.)*"?|'[^'\n]*'?""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_PART: Final = re.compile(_NAME, re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """`key = "text"`: `start` is the offset of the text's first character."""

    table: tuple[str, ...]
    """The names of the table's header; keys of inline tables belong to the table that they stand in."""
    key: tuple[str, ...]
    text: str
    start: int


def assigned_strings(text: str) -> Iterator[Assigned]:
    """Every string behind a key, in reading order. Never raises: what is no TOML is passed over."""
    table: tuple[str, ...] = ()
    for match in _TOKEN.finditer(text):
        if match["table"] is not None:
            table = _names(match["table"])
        for kind in ("basic", "literal"):
            if match[kind] is not None:
                yield Assigned(table=table, key=_names(match["key"]), text=match[kind], start=match.start(kind))


def _names(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))
