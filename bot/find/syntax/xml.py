"""XML read for its places: the text of each element that holds nothing but text. No entity is resolved, no DTD looked into."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_PART: Final = re.compile(
    r"<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<![^<>]*+>"
    r"|<(?P<closing>/?)(?P<name>[A-Za-z_][\w.:-]*)(?P<rest>(?:[^<>\"']|\"[^<\"]*+\"|'[^<']*+')*+)>",
    re.DOTALL,
)
_MAX_DEPTH: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """A leaf: where it stands in the tree, and its text without the blanks around it."""

    path: tuple[str, ...]
    """Names from the root, without prefixes of namespaces."""
    text: str
    start: int
    parent: int
    """The offset of the element around it, to tell siblings."""


def leaves(text: str) -> Iterator[Element]:
    """Every element that holds text only, in reading order. Never raises: what is no XML is passed over."""
    open_elements: list[tuple[str, int, int]] = []
    last_opened = -1
    for part in _PART.finditer(text):
        name = part["name"]
        if name is None or part["rest"].endswith("/"):
            continue
        name = name.rpartition(":")[2]
        if not part["closing"]:
            if len(open_elements) >= _MAX_DEPTH:
                return
            open_elements.append((name, part.start(), part.end()))
            last_opened = part.end()
            continue
        if not open_elements or open_elements[-1][0] != name:
            return
        _, _, begins = open_elements.pop()
        if begins == last_opened:
            inner = text[begins : part.start()]
            stripped = inner.strip()
            if stripped and "<" not in stripped and "&" not in stripped:
                yield Element(
                    path=(*(entry[0] for entry in open_elements), name),
                    text=stripped,
                    start=begins + inner.index(stripped),
                    parent=open_elements[-1][1] if open_elements else -1,
                )
