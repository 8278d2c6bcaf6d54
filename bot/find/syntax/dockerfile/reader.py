"""A Dockerfile's text -> its instructions, as BuildKit's parser splits them (frontend/dockerfile/parser)."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from bot.find.syntax.dockerfile.expand import ExpansionError, Words
from bot.find.syntax.dockerfile.traced import SPACE, Traced

_DIRECTIVE: Final = re.compile(r"([a-zA-Z][a-zA-Z0-9]*)[ \t\f\v\r]*=[ \t\f\v\r]*(\S.*)")
_DIRECTIVES: Final = frozenset({"syntax", "escape", "check"})
_BLANKS: Final = re.compile(r"[\t\v\f\r ]+")
_ASCII_SPACE: Final = "\t\n\v\f\r "
"""What ends a flag: BuildKit reads flags byte by byte."""
_HEREDOC: Final = re.compile(r"[0-9]*<<(-?)[\t\n\f\r ]*([^<]*)")
_MAX_LINE_CHARACTERS: Final = 65_535
"""BuildKit reads no longer one (bufio.MaxScanTokenSize)."""
_MAX_INSTRUCTION_CHARACTERS: Final = 500_000
"""All its lines together; ours, so that nothing grows without bound."""
_ALWAYS_READ: Final = frozenset({"ARG", "FROM", "ONBUILD"})
_READ_FOR_FLAGS: Final = frozenset({"ADD", "COPY", "RUN"})
"""They can name an image in a flag only; these, too, are the instructions that take here-documents."""
_BYTE_ORDER_MARK: Final = "\ufeff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """One instruction: keyword in upper case, flags without quotes and escapes, and the rest as it is written, continuations joined."""

    keyword: str
    flags: tuple[Traced, ...]
    arguments: Traced
    offset: int
    """Where the instruction begins in the file."""

    def words(self) -> tuple[Traced, ...]:
        """The arguments split at blanks, whatever quotes there are: how FROM and COPY take them."""
        text, start, found = self.arguments.text, 0, []
        for blank in _BLANKS.finditer(text):
            found.append(self.arguments.slice(start, blank.start()))
            start = blank.end()
        return (*found, self.arguments.slice(start)) if text else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A place at which BuildKit would refuse the file."""

    offset: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dockerfile:
    """The parts of a Dockerfile that can hold references."""

    frontend: Traced | None
    """The value of the `syntax` directive, up to the first blank."""
    escape: str
    instructions: tuple[Instruction, ...]
    unreadable: tuple[Unreadable, ...]


def read(text: str, place: Callable[[int], int], *, also: frozenset[str] = frozenset()) -> Dockerfile:
    """The Dockerfile in `text`; `place` says for each offset in it where in the file it stands.

    Instructions that can't hold a reference are left out, but for those of the keywords in `also`.
    """
    return _Reader(text, place, also).read()


class _Reader:
    def __init__(self, text: str, place: Callable[[int], int], also: frozenset[str]) -> None:
        self._text: Final = text
        self._place: Final = place
        self._always: Final = _ALWAYS_READ | also
        self._escape = "\\"
        self._unreadable: list[Unreadable] = []
        self._start: Final = len(_BYTE_ORDER_MARK) if text.startswith(_BYTE_ORDER_MARK) else 0

    def read(self) -> Dockerfile:
        self._read_escape()
        instructions = tuple(self._instructions())
        return Dockerfile(frontend=self._frontend(), escape=self._escape, instructions=instructions, unreadable=tuple(self._unreadable))

    def _traced(self, start: int, end: int) -> Traced:
        return Traced(self._text[start:end], tuple(self._place(offset) for offset in range(start, end)))

    def _line(self, start: int) -> tuple[int, int]:
        """Where a line's content ends, without its line end, and where the next one begins."""
        newline = self._text.find("\n", start)
        following = len(self._text) if newline == -1 else newline + 1
        return start + len(self._text[start:following].rstrip("\r\n")), following

    def _directives(self, start: int, marker: str, *, skips_blanks: bool) -> Iterator[tuple[str, int, int]]:
        """Name and span of the value of each parser directive at the top of the file; the first other line ends them."""
        seen: set[str] = set()
        while start < len(self._text):
            end, following = self._line(start)
            if skips_blanks:
                start += len(self._text[start:end]) - len(self._text[start:end].lstrip(SPACE))
            if not self._text.startswith(marker, start, end):
                return
            content = start + len(marker)
            content += len(self._text[content:end]) - len(self._text[content:end].lstrip(SPACE))
            match = _DIRECTIVE.fullmatch(self._text, content, end)
            name = match[1].lower() if match else ""
            if match is None or name not in _DIRECTIVES or name in seen:
                return
            seen.add(name)
            yield name, match.start(2), match.start(2) + len(match[2].rstrip(SPACE))
            start = following

    def _read_escape(self) -> None:
        for name, start, end in self._directives(self._start, "#", skips_blanks=True):
            if name == "escape" and self._text[start:end] in ("\\", "`"):
                self._escape = self._text[start:end]

    def _frontend(self) -> Traced | None:
        # The frontend is looked for by another reader than the instructions: blanks in front are not skipped, a first `#!` line is.
        start = self._line(self._start)[1] if self._text.startswith("#!", self._start) else self._start
        for marker in ("#", "//"):
            for name, begin, end in self._directives(start, marker, skips_blanks=False):
                if name == "syntax":
                    return self._traced(begin, end).cut(" ")[0]
        return None

    def _instructions(self) -> Iterator[Instruction]:
        position = self._start
        while position < len(self._text):
            begin = position
            pieces, position = self._logical_line(position)
            if max(end - start for start, end in pieces) > _MAX_LINE_CHARACTERS or pieces[-1][1] - begin > _MAX_INSTRUCTION_CHARACTERS:
                reason = f"the line is longer than {_MAX_LINE_CHARACTERS:,} characters: Docker would refuse the file"
                self._unreadable.append(Unreadable(offset=self._place(begin), text=self._text[begin : begin + 80], reason=reason))
                return
            line = "".join(self._text[start:end] for start, end in pieces)
            if not line.strip(SPACE):
                continue
            offset = self._place(pieces[0][0])
            keyword, *rest = _BLANKS.split(line.strip(SPACE), maxsplit=1)
            is_read = keyword.upper() in self._always or (keyword.upper() in _READ_FOR_FLAGS and "".join(rest).startswith("--"))
            if is_read or "<<" in line:
                instruction = _instruction(Traced.joined(self._traced(start, end) for start, end in pieces), self._escape, offset)
                if is_read:
                    yield instruction
                if "<<" in line:
                    position = self._after_heredocs(instruction, line, position, begin)

    def _logical_line(self, position: int) -> tuple[list[tuple[int, int]], int]:
        """The spans that make one line once comments, blank lines and escapes at line ends are gone, and where the next line begins."""
        end, following = self._line(position)
        start = position + len(self._text[position:end]) - len(self._text[position:end].lstrip(SPACE))
        if self._text.startswith("#", start, end):
            return [(start, start)], following
        stop, goes_on = self._continuation(start, end)
        pieces = [(start, stop)]
        while goes_on and following < len(self._text):
            start = following
            end, following = self._line(start)
            content = self._text[start:end].lstrip(SPACE)
            if content and not content.startswith("#"):
                stop, goes_on = self._continuation(start, end)
                pieces.append((start, stop))
        return pieces, following

    def _continuation(self, start: int, end: int) -> tuple[int, bool]:
        """Where the line's own text ends, and whether an escape character says that it goes on."""
        stop = start + len(self._text[start:end].rstrip(" \t"))
        is_escape = stop > start and self._text[stop - 1] == self._escape
        if is_escape and not (stop - 1 > start and self._text[stop - 2] == self._escape):
            return stop - 1, True
        return end, False

    def _after_heredocs(self, instruction: Instruction, line: str, position: int, begin: int) -> int:
        """Where the file goes on behind the here-documents of an instruction."""
        inner = nested(instruction, self._escape) if instruction.keyword == "ONBUILD" else instruction
        if inner.keyword not in _READ_FOR_FLAGS or _is_json(inner.arguments.text):
            return position
        for name, ignores_tabs in _heredocs(line):
            while position < len(self._text):
                end, following = self._line(position)
                content = self._text[position:end]
                position = following
                if (content.lstrip("\t") if ignores_tabs else content) == name:
                    break
            else:
                reason = f"the here-document {name!r} has no end: Docker would refuse the file"
                self._unreadable.append(Unreadable(offset=self._place(begin), text=line[:200], reason=reason))
        return position


def nested(instruction: Instruction, escape: str) -> Instruction:
    """The instruction that an ONBUILD holds."""
    return _instruction(instruction.arguments, escape, instruction.offset)


def quoted_words(arguments: Traced, escape: str) -> tuple[Traced, ...]:
    """The words of ARG and ENV: split at blanks outside quotes, with quotes and escapes left as they are."""
    words: list[Traced] = []
    text, quote, start, position = arguments.text, "", -1, 0
    while position < len(text):
        character = text[position]
        if start == -1:
            start = -1 if character in SPACE else position
        if start != -1:
            if character == escape and quote != "'":
                position += 1
                if position == len(text):
                    # An escape that escapes nothing is dropped.
                    arguments = arguments.slice(0, position - 1)
            elif quote:
                quote = "" if character == quote else quote
            elif character in "'\"":
                quote = character
            elif character in SPACE:
                words.append(arguments.slice(start, position))
                start = -1
        position += 1
    return (*words, arguments.slice(start)) if -1 < start < len(arguments) else tuple(words)


def _instruction(line: Traced, escape: str, offset: int) -> Instruction:
    trimmed = line.stripped()
    blank = _BLANKS.search(trimmed.text)
    end, begin = blank.span() if blank else (len(trimmed), len(trimmed))
    flags, arguments = _flags(trimmed.slice(begin), escape)
    return Instruction(keyword=trimmed.text[:end].upper(), flags=flags, arguments=arguments.stripped(), offset=offset)


def _flags(rest: Traced, escape: str) -> tuple[tuple[Traced, ...], Traced]:
    """The leading `--flag` words, with quotes and escapes removed, and what stands behind them."""
    flags: list[Traced] = []
    text, position = rest.text, 0
    while True:
        position = _skip_blanks(text, position)
        if not text.startswith("--", position):
            return tuple(flags), rest.slice(position)
        kept, position = _flag(text, position, escape)
        flag = Traced("".join(text[index] for index in kept), tuple(rest.origins[index] for index in kept))
        if flag.text == "--":
            return tuple(flags), rest.slice(position)
        flags.append(flag)


def _skip_blanks(text: str, position: int) -> int:
    while position < len(text) and text[position] in _ASCII_SPACE:
        position += 1
    return position


def _flag(text: str, position: int, escape: str) -> tuple[list[int], int]:
    kept: list[int] = []
    quote = ""
    while position < len(text):
        character = text[position]
        if character == quote:
            quote = ""
        elif not quote and character in "'\"":
            quote = character
        elif not quote and character in _ASCII_SPACE:
            break
        elif character == escape:
            position += 1
            kept += [position] if position < len(text) else []
        else:
            kept.append(position)
        position += 1
    return kept, position


def _is_json(arguments: str) -> bool:
    if not arguments.startswith("["):
        return False
    try:
        parsed = json.loads(arguments)
    except (ValueError, RecursionError):
        return False
    return isinstance(parsed, list) and all(isinstance(item, str) for item in parsed)


def _heredocs(line: str) -> Iterator[tuple[str, bool]]:
    """Name of each here-document that a line announces, and whether leading tabs of its body are ignored."""
    try:
        words = Words(Traced.nowhere(line), {}, keeps_raw=True).split()
    except ExpansionError:
        return
    for word in words:
        match = _HEREDOC.fullmatch(word.text)
        if match is None or not match[2]:
            continue
        try:
            # The name may be quoted, and is then one word however many blanks it has.
            names = Words(Traced.nowhere(match[2]), {}, keeps_unset=True).split()
        except ExpansionError:
            continue
        if len(names) == 1:
            yield names[0].text, match[1] == "-"
