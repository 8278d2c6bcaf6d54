"""Nix (language reference, string literals): strings that are a full image reference, and the words of scripts in indented strings.

What nixpkgs loads has a hash beside it (`dockerTools.pullImage`), which only Nix can work out: that is a skip.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Finder, Tree
from bot.find.reference import Literal, find_reference
from bot.find.script_words import Script, find_in_script
from bot.find.syntax.lines import Lines
from bot.find.yaml_pins import full_reference
from bot.model.image import split_tag
from bot.model.pin import Finding, Role, Span

_TOKEN: Final = re.compile(
    r"\#[^\n]*+|/\*.*?(?:\*/|\Z)|\"(?P<text>(?:[^\"\\]|\\.)*+)\"|''(?P<script>(?:[^']|'(?!')|'''|''\$|''\\)*+)''", re.DOTALL
)
_IMAGE: Final = re.compile(r"(?:\b|[\w-])[iI]mage[ \t]*=[ \t]*$")
_DIGEST_OF_PULLED: Final = re.compile(r"\bimageDigest[ \t]*=[ \t]*$")
_HASH: Final = re.compile(r"\b(?:sha256|hash|outputHash)[ \t]*=")
_LOOK_BACK_CHARACTERS: Final = 90
_MAX_SET_CHARACTERS: Final = 2000
_HAS_HASH: Final = "a hash beside it belongs to this very image: nix-prefetch-docker makes both"
_NO_HOST: Final = "an image that names no registry: write its host, or an annotation, to make it a pin"


class NixFinder:
    name = "nix"

    def matches(self, path: PurePosixPath) -> bool:
        return path.suffix == ".nix"

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - nothing stands elsewhere
        if "image" not in text and "/" not in text:
            return
        lines = Lines(text)
        script = Script(file=path, finder=self.name, text=text, lines=lines, role=Role.IMAGE)
        for token in _TOKEN.finditer(text):
            if token["script"] is not None:
                yield from find_in_script(script, Span(*token.span("script")))
            elif token["text"]:
                literal = Literal(file=path, finder=self.name, text=token["text"], start=token.start("text"), lines=lines)
                found = _find_in_string(literal, text, token.start())
                if found:
                    yield found


def _find_in_string(literal: Literal, text: str, start: int) -> Finding | None:
    before = text[max(0, start - _LOOK_BACK_CHARACTERS) : start]
    value = literal.text
    if _DIGEST_OF_PULLED.search(before):
        return literal.skip(_HAS_HASH)
    part = full_reference(value)
    if part:
        whole = replace(literal, text=part, start=literal.start + len(value) - len(part))
        return literal.skip(_HAS_HASH) if _HASH.search(_beside(text, start)) else find_reference(whole, role=Role.IMAGE)
    is_image = _IMAGE.search(before) and not any(mark in value for mark in ("$", "\\", "://", " "))
    return literal.skip(_NO_HOST) if is_image and split_tag(value)[1] else None


def _beside(text: str, position: int) -> str:
    """What stands in the innermost braces around a place, nested ones left out; no more than a person's attribute set is long."""
    before = _until_closed(reversed(text[max(0, position - _MAX_SET_CHARACTERS) : position]), opening="}", closing="{")
    after = _until_closed(text[position : position + _MAX_SET_CHARACTERS], opening="{", closing="}")
    return before[::-1] + after


def _until_closed(characters: Iterable[str], *, opening: str, closing: str) -> str:
    depth, kept = 0, list[str]()
    for character in characters:
        if character == closing and depth == 0:
            break
        depth += (character == opening) - (character == closing)
        if depth == 0:
            kept.append(character)
    return "".join(kept)


PLUGIN: Final[Finder] = NixFinder()
