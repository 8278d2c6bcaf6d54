"""String literals of C-like source (Groovy, Kotlin, JSON with comments), with comments left out."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))
    |(?P<long>\"\"\"(?P<long_double>.*?)(?:\"\"\"|\Z)|'''(?P<long_single>.*?)(?:'''|\Z))
    |"(?P<double>(?:[^"\\\n]|\\.)*+)(?:"|(?P<open>))
    |'(?P<single>(?:[^'\\\n]|\\.)*+)(?:'|(?P<open_single>))""",
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
    """Every string literal, in reading order; one that is not closed on its line is none."""
    for match in _TOKEN.finditer(text):
        if match["open"] is not None or match["open_single"] is not None:
            continue
        for name in ("long_double", "long_single", "double", "single"):
            if match[name] is not None:
                inner = match[name]
                is_template = "\\" in inner or ("$" in inner and name in {"double", "long_double"})
                yield Quoted(text=inner, start=match.start(name), is_template=is_template)


def without_comments(text: str) -> str:
    """The same text, as long, with blanks in place of comments."""
    return _TOKEN.sub(lambda match: re.sub(r"[^\n]", " ", match.group()) if match["comment"] else match.group(), text)


_MAX_DEPTH: Final = 20
"""Of the innermost blocks that are remembered."""
_BLOCK_NAME: Final = re.compile(r"(?P<name>[A-Za-z_][\w.]*)(?:[ \t]*\([^(){}\n]{0,200}\))?[ \t]*$")
_NAMED: Final = re.compile(r"(?:named|register)[ \t]*(?:<[^<>\n]{0,80}>)?[ \t]*\([ \t]*['\"](?P<name>\w+)['\"][^(){}\n]{0,80}\)[ \t]*$")


class Blocks:
    """The blocks in braces of a text."""

    def __init__(self, text: str) -> None:
        blanked = _TOKEN.sub(lambda match: " " * len(match.group()), text)
        self._offsets: Final = [0]
        self._names: Final[list[tuple[str, ...]]] = [()]
        around: list[str] = []
        for match in re.finditer(r"[{}]", blanked):
            if match.group() == "{":
                head = text[max(0, match.start() - 200) : match.start()].rpartition("\n")[2]
                name = _NAMED.search(head) or _BLOCK_NAME.search(head)
                around.append(name["name"] if name else "")
            elif around:
                around.pop()
            self._offsets.append(match.end())
            self._names.append(tuple(around[-_MAX_DEPTH:]))

    def around(self, offset: int) -> tuple[str, ...]:
        """The names of the blocks that an offset lies in, outermost first: `jib`, `from`. A dotted name counts as several."""
        names = self._names[bisect_right(self._offsets, offset) - 1]
        return tuple(part for name in names for part in name.split("."))
