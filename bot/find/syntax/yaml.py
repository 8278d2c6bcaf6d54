"""YAML read for its places: a small tree in which every scalar knows where its text stands.

    stream = read(text)                     # cached: several finders read the same file
    for document in stream.mappings():      # the documents that are mappings; `documents` has all
        kind = document.text("kind")        # see yaml_nodes: get, at, mapping, sequence, scalar, text, entries; walk(node)
    stream.comment(line)                    # the comment on a line, with its span
    stream.quote                            # the file's own quote character
    inner = inside(stream, scalar)          # a stream again: YAML held in a block scalar; its spans are of the outer file
    piece = unfold(stream, scalar)          # the text a block scalar holds, and `outer(offset)`: its places in the file

Built of libyaml's events: no constructor runs, nothing is resolved. Aliases give the anchored node itself, so that two places share
one span; duplicate keys and anchors are kept as they are written. Template braces and stray tabs are covered by characters of the same
length before reading (`yaml_repair`), so that charts' templates can be read as well: a scalar that holds a template has its text as
written. A document that can't be read becomes a problem; the others of the file stay. Definitions of custom resources are left out.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from bot.find.syntax.lines import Lines
from bot.find.syntax.yaml_builder import Builder, UnreadableError
from bot.find.syntax.yaml_nodes import Mapping, Node, Scalar, Sequence, Style, walk
from bot.find.syntax.yaml_repair import cover_braces, cover_faults, cut_documents, has_braces
from bot.model.pin import Span

__all__ = [
    "Comment",
    "Mapping",
    "Node",
    "Piece",
    "Problem",
    "Scalar",
    "Sequence",
    "Stream",
    "Style",
    "inside",
    "read",
    "unfold",
    "walk",
]

_SCHEMA: Final = re.compile(r"^kind:[ \t]{1,8}[\"']?CustomResourceDefinition\b", re.MULTILINE)
"""Documents that describe fields and hold no values; they are most of the bytes of an operator's manifests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a document can't be read."""

    line: int
    """1-based."""
    message: str
    span: Span
    """Of the document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    span: Span
    """From the `#` to the end of the line, trailing blanks excluded."""
    text: str
    line: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Stream:
    """What one file, or one scalar in it, holds. All spans and lines are of the outer file."""

    text: str
    """The outer file's."""
    lines: Lines
    documents: tuple[Node, ...]
    problems: tuple[Problem, ...]
    quote: str
    """The quote character that the file uses most; `"` where it uses none."""
    extents: tuple[tuple[int, int], ...]
    """Where scalars begin and end, in order: no comment begins inside. Of block scalars the content only."""

    def mappings(self) -> Iterator[Mapping]:
        """The documents that are mappings."""
        return (document for document in self.documents if isinstance(document, Mapping))

    def line(self, scalar: Scalar) -> int:
        """1-based line of a scalar's own text."""
        return self.lines.line(scalar.span.start)

    def comment(self, line: int) -> Comment | None:
        """The comment that stands on a 1-based line, alone or behind a value."""
        return self._comments.get(line)

    @cached_property
    def _comments(self) -> dict[int, Comment]:
        found: dict[int, Comment] = {}
        starts = [start for start, _ in self.extents]
        position = self.text.find("#")
        while position != -1:
            index = bisect_right(starts, position) - 1
            if index >= 0 and position < self.extents[index][1]:
                resume = self.extents[index][1]
            elif position and self.text[position - 1] not in " \t\r\n\ufeff":
                resume = position + 1
            else:
                resume = self.text.find("\n", position)
                resume = len(self.text) if resume == -1 else resume
                text = self.text[position:resume].rstrip()
                line = self.lines.line(position)
                found[line] = Comment(span=Span(position, position + len(text)), text=text, line=line)
            position = self.text.find("#", resume)
        return found


@lru_cache(maxsize=4)
def read(text: str) -> Stream:
    """The documents of a text. Never raises for what the text holds."""
    return _read(text, text, Lines(text), lambda offset: offset)


def inside(stream: Stream, scalar: Scalar) -> Stream | None:
    """The documents that a scalar of the stream holds as text; None where its text can't be placed (folded or escaped).

    The inner stream's comments are those inside the scalar; its quote is the one used there.
    """
    piece = unfold(stream, scalar)
    return _read(piece.text, stream.text, stream.lines, piece.outer) if piece else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Text that is held inside a file, its indentation taken away. Line ends stay as they are."""

    text: str
    starts: tuple[int, ...]
    """Where each of its lines begins, in the piece."""
    places: tuple[int, ...]
    """Where each of its lines begins, in the file."""

    def outer(self, offset: int) -> int:
        """The place in the file of an offset in the piece."""
        index = bisect_right(self.starts, offset) - 1
        return self.places[index] + offset - self.starts[index]


def unfold(stream: Stream, scalar: Scalar) -> Piece | None:
    """The text that a scalar holds, with its places; None for a folded scalar of several lines and for one with escapes.

    Works for a scalar of an inner stream as well: places are always the outer file's. A template's line that is indented less than the text
    around it is no part of that text; blanks stand for it.
    """
    if scalar.is_exact:
        return Piece(text=scalar.value, starts=(0,), places=(scalar.span.start,))
    if scalar.style is not Style.LITERAL:
        return None
    raw = scalar.span.of(stream.text).split("\n")
    first = next((line for line in scalar.value.split("\n") if line.strip()), "")
    held = next((line for line in raw if line.strip()), "").rstrip("\r")
    indent = len(held) - len(first)
    starts, places, parts = list[int](), list[int](), list[str]()
    start, place = 0, scalar.span.start
    for line in raw:
        cut = min(indent, len(line.rstrip("\r")))
        starts.append(start)
        places.append(place + cut)
        parts.append(" " * (len(line) - cut) if line[:cut].strip() else line[cut:])
        start += len(line) - cut + 1
        place += len(line) + 1
    return Piece(text="\n".join(parts), starts=tuple(starts), places=tuple(places))


def _read(text: str, outer: str, lines: Lines, place: Callable[[int], int]) -> Stream:
    builder = Builder(original=text, place=place, lines=lines)
    problems: list[Problem] = []
    if _SCHEMA.search(text) or not _is_built(builder, text):
        problems = _build_each(builder, text, place, lines)
    return Stream(
        text=outer,
        lines=lines,
        documents=tuple(builder.documents),
        problems=tuple(problems),
        quote="'" if builder.styles[Style.SINGLE] > builder.styles[Style.DOUBLE] else '"',
        extents=tuple(builder.extents),
    )


def _is_built(builder: Builder, text: str) -> bool:
    try:
        builder.build(text, has_templates=has_braces(text))
    except UnreadableError:
        return False
    return True


def _build_each(builder: Builder, text: str, place: Callable[[int], int], lines: Lines) -> list[Problem]:
    """Build each document of a text by itself, with its braces and then its faults covered where it can't be read otherwise.

    Gives what could not be built.
    """
    problems: list[Problem] = []
    covered = cover_braces(text) if has_braces(text) else text
    for start, end in cut_documents(covered):
        if _SCHEMA.search(covered, start, end):
            continue
        try:
            _build_one(builder, text[start:end], covered[start:end], start)
        except UnreadableError as error:
            span = Span(place(start), place(end))
            problems.append(Problem(line=lines.line(span.start) + error.offset_line, message=str(error), span=span))
    return problems


def _build_one(builder: Builder, document: str, covered: str, start: int) -> None:
    try:
        builder.build(document, start=start, has_templates=document != covered)
    except UnreadableError:
        try:
            builder.build(covered, start=start)
        except UnreadableError:
            builder.build(cover_faults(covered), start=start)
