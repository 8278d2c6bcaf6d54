"""HCL (HashiCorp's native syntax) read for its places: blocks, attributes, and string literals that know where they stand.

The grammar is that of the HCL native syntax specification (hashicorp/hcl, hclsyntax/spec.md), reduced to what pins need: expressions other
than strings, lists and objects of strings are passed over. Here-documents are kept as they are written; comments are never looked into.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from bot.model.pin import Span

_TOKEN: Final = re.compile(
    r"""(?P<blank>[ \t\r\ufeff]+)
    |(?P<newline>\n)
    |(?P<comment>\#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z))
    |(?P<heredoc><<-?(?P<mark>[A-Za-z_][A-Za-z0-9_-]*)[ \t]*\r?\n)
    |(?P<quote>")
    |(?P<word>[A-Za-z_][A-Za-z0-9_-]*)
    |(?P<punctuation>[{}\[\](),=:])
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_MAX_DEPTH: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class String:
    """A quoted string: the span is of what stands between the quotes."""

    span: Span
    text: str
    is_template: bool
    """Whether it holds `${`, `%{` or an escape: then the text is not the value."""


@dataclass(slots=True, kw_only=True)
class Body:
    """What a file or a block holds, in reading order."""

    attributes: list["Attribute"] = field(default_factory=list)
    blocks: list["Block"] = field(default_factory=list)

    def string(self, name: str) -> String | None:
        """The string that an attribute is, wholly; None for none and for any other expression."""
        found = next((attribute for attribute in self.attributes if attribute.name == name), None)
        return found.strings[0] if found is not None and found.is_string else None

    def walk(self) -> Iterator["Block"]:
        """Every block below, outer ones first."""
        for block in self.blocks:
            yield block
            yield from block.body.walk()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """`name = expression`: the string literals that stand in the expression, outside of nested objects."""

    name: str
    start: int
    strings: tuple[String, ...]
    is_string: bool
    """Whether the expression is one string literal and nothing else."""
    body: Body | None = None
    """What an object expression holds, read as a body."""
    heredoc: String | None = None
    """The lines of a here-document in the expression, the last one's end included, indentation and all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    type: str
    labels: tuple[str, ...]
    body: Body
    start: int


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    string: String | None = None


def read(text: str) -> Body:
    """The body of a file. Never raises: what is no HCL is passed over."""
    return _Parser(list(_tokens(text))).body(depth=0)


def _tokens(text: str) -> Iterator[_Token]:
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        assert match is not None  # noqa: S101 - the last alternative takes any character
        kind, start, position = match.lastgroup or "", match.start(), match.end()
        if match["heredoc"]:
            closing = re.compile(rf"^[ \t]*{match['mark']}[ \t]*\r?$", re.MULTILINE).search(text, position)
            end = closing.start() if closing else len(text)
            inner = text[position:end]
            string = String(span=Span(position, end), text=inner, is_template="${" in inner or "%{" in inner)
            position = closing.end() if closing else len(text)
            yield _Token("heredoc", "", start, string)
        elif kind == "quote":
            string, position = _string(text, position)
            yield _Token("string", string.text, start, string)
        elif kind not in {"blank", "comment"}:
            yield _Token(kind, match.group(), start)


def _string(text: str, start: int) -> tuple[String, int]:
    """The string that begins behind a quote, and where reading goes on."""
    position, is_template = start, False
    closings = ['"']
    while position < len(text):
        character, is_inside = text[position], closings[-1] == '"'
        if character == "\n":
            break
        if is_inside and text.startswith(("${", "%{", "$${", "%%{", "\\"), position):
            is_template = True
            if character == "\\" or text[position + 1] == character:
                position += 1
            else:
                closings.append("}")
            position += 1
        elif character == closings[-1]:
            closings.pop()
            if not closings:
                break
        elif not is_inside and character in '{"':
            closings.append("}" if character == "{" else '"')
        position += 1
    end = min(position, len(text))
    return String(span=Span(start, end), text=text[start:end], is_template=is_template), end + 1


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._next = 0

    def body(self, *, depth: int) -> Body:
        body = Body()
        while (token := self._peek()) is not None:
            if token.text == "}" and token.kind == "punctuation":
                if depth:
                    break
                self._next += 1
            elif token.kind in {"word", "string"}:
                self._item(body, depth)
            else:
                self._next += 1
        return body

    def _item(self, body: Body, depth: int) -> None:
        first = self._take()
        if self._is("=") or self._is(":"):
            self._next += 1
            body.attributes.append(self._expression(first, depth))
            return
        labels: list[str] = []
        while (token := self._peek()) is not None and token.kind in {"word", "string"}:
            labels.append(self._take().text)
        if self._is("{") and depth < _MAX_DEPTH:
            self._next += 1
            body.blocks.append(Block(type=first.text, labels=tuple(labels), body=self.body(depth=depth + 1), start=first.start))
            self._next += 1
        elif self._is("{"):
            self._pass_over()

    def _expression(self, name: _Token, depth: int) -> Attribute:
        strings: list[String] = []
        inner: Body | None = None
        heredoc: String | None = None
        others = nesting = 0
        while (token := self._peek()) is not None:
            if nesting == 0 and (token.kind == "newline" or token.text in {",", "}"}):
                break
            if token.text == "{" and token.kind == "punctuation" and depth < _MAX_DEPTH:
                self._next += 1
                inner = _joined(inner, self.body(depth=depth + 1))
                self._next += 1
                others += 1
                continue
            if token.kind == "punctuation":
                nesting = max(0, nesting + (token.text in {"[", "("}) - (token.text in {"]", ")"}))
            if token.kind == "heredoc":
                heredoc = token.string
            elif token.string is not None:
                strings.append(token.string)
            others += token.kind not in {"newline", "string"}
            self._next += 1
        is_string = len(strings) == 1 and not others
        return Attribute(name=name.text, start=name.start, strings=tuple(strings), is_string=is_string, body=inner, heredoc=heredoc)

    def _pass_over(self) -> None:
        """Past a block that is nested too deeply to be a person's."""
        depth = 0
        while (token := self._peek()) is not None:
            depth += (token.text == "{") - (token.text == "}") if token.kind == "punctuation" else 0
            self._next += 1
            if depth <= 0:
                break

    def _is(self, text: str) -> bool:
        token = self._peek()
        return token is not None and token.kind == "punctuation" and token.text == text

    def _peek(self) -> _Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _take(self) -> _Token:
        token = self._tokens[self._next]
        self._next += 1
        return token


def _joined(first: Body | None, second: Body) -> Body:
    if first is None:
        return second
    return Body(attributes=first.attributes + second.attributes, blocks=first.blocks + second.blocks)
