"""Text that is no YAML, read line by line for what can't be mistaken: `image: name:tag`, every character of it literal."""

import re
from collections.abc import Iterator
from typing import Final

from bot.find.reference import PLACEHOLDER, Literal, find_reference
from bot.find.yaml_pins import HOLDS_PLACEHOLDER, YamlSource, full_reference
from bot.model.image import split_tag
from bot.model.pin import Finding, Role, Span

_IMAGE: Final = re.compile(
    r"(?<![\w.-])[\"']?(?P<key>[\w-]{0,60}[iI]mage)[\"']?[ \t]{0,8}:[ \t]{1,200}"
    r"(?P<quote>[\"']?)(?P<text>\{\{[^\n]{1,400}?\}\}[^\s\"',]{0,400}|[^\s\"',\]}]{1,400})(?P=quote)",
    re.ASCII,
)
NO_HOST: Final = "names no registry, in text whose language is not known: write its host, or an annotation, to make it a pin"
_COMMENT: Final = re.compile(r"[ \t]*(?:#|//|\{\{-?[ \t]*/\*)")


def find_in_lines(source: YamlSource, span: Span, *, is_unmistakable: bool = False) -> Iterator[Finding]:
    """The images behind keys that end in `image`, in a piece of the file; comments are passed over.

    `is_unmistakable`: only those with a registry host and a tag or digest, for text in a language that is not known; others with a path and
    a tag are skips.
    """
    text = source.stream.text
    start = span.start
    while start < span.end:
        end = text.find("\n", start, span.end)
        end = span.end if end == -1 else end
        if not _COMMENT.match(text, start, end):
            for match in _IMAGE.finditer(text, start, end):
                yield from _finding(source, match, is_unmistakable=is_unmistakable)
        start = end + 1


def _finding(source: YamlSource, match: re.Match[str], *, is_unmistakable: bool) -> Iterator[Finding]:
    text = match["text"]
    literal = Literal(file=source.file, finder=source.finder, text=text, start=match.start("text"), lines=source.stream.lines)
    if is_unmistakable:
        if full_reference(text) == text:
            yield find_reference(literal, role=Role.IMAGE)
        elif "/" in text and not PLACEHOLDER.search(text) and split_tag(text.partition("@")[0])[1] is not None:
            yield literal.skip(NO_HOST)
    elif PLACEHOLDER.search(text):
        yield literal.skip(HOLDS_PLACEHOLDER)
    elif "@" in text or split_tag(text)[1] is not None:
        yield find_reference(literal, role=Role.IMAGE)
