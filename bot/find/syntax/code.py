"""String literals of C-like source (Groovy, Kotlin, JSON with comments), with comments left out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))
    |(?P<long>\"\"\"(?P<long_double>.*?)(?:\"\"\"|\Z)|'''(?P<long_single>.*?)(?:'''|\Z))
    |"(?P<double>(?:[^"\\\n]|\\.)*)"
    |'(?P<single>(?:[^'\\\n]|\\.)*)'""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """A quoted string: `start` is the offset of its first character behind the quote."""

    text: str
    start: int
    is_template: bool
    """Whether it holds an escape, or a `$` between double quotes: then the text is not the value."""


def strings(text: str) -> Iterator[Quoted]:
    """Every string literal, in reading order."""
    for match in _TOKEN.finditer(text):
        for name in ("long_double", "long_single", "double", "single"):
            if match[name] is not None:
                inner = match[name]
                is_template = "\\" in inner or ("$" in inner and name in {"double", "long_double"})
                yield Quoted(text=inner, start=match.start(name), is_template=is_template)


def without_comments(text: str) -> str:
    """The same text, as long, with blanks in place of comments."""
    return _TOKEN.sub(lambda match: re.sub(r"[^\n]", " ", match.group()) if match["comment"] else match.group(), text)


_BLOCK_NAME: Final = re.compile(r"(?P<name>[A-Za-z_][\w.]*)(?:[ \t]*\([^(){}\n]{0,200}\))?[ \t]*$")
_NAMED: Final = re.compile(r"(?:named|register)[ \t]*(?:<[^<>\n]{0,80}>)?[ \t]*\([ \t]*['\"](?P<name>\w+)['\"][^(){}\n]{0,80}\)[ \t]*$")


def blocks_around(text: str, offset: int) -> tuple[str, ...]:
    """The names of the braces' blocks that an offset lies in, outermost first: `jib`, `from`. A dotted name counts as several."""
    blanked = _TOKEN.sub(lambda match: " " * len(match.group()), text[:offset])
    around: list[str] = []
    for match in re.finditer(r"[{}]", blanked):
        if match.group() == "}":
            if around:
                around.pop()
            continue
        head = text[max(0, match.start() - 200) : match.start()].rpartition("\n")[2]
        name = _NAMED.search(head) or _BLOCK_NAME.search(head)
        around.append(name["name"] if name else "")
    return tuple(part for name in around for part in name.split("."))
