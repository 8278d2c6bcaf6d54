"""Earthfiles (Earthly's Earthfile reference): bases, images that WITH DOCKER pulls, other repos' Earthfiles at a tag.

ARGs are resolved by their defaults, those of the base recipe in every target. What is saved is an output, a Dockerfile has its own finder.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from bot.find.finder import Finder, Tree
from bot.find.git_url import git_dependency
from bot.find.reference import PLACEHOLDER, Literal, version_pin
from bot.find.syntax.dockerfile.expand import ExpansionError, Words
from bot.find.syntax.dockerfile.references import References
from bot.find.syntax.dockerfile.scope import Resolved
from bot.find.syntax.dockerfile.traced import Traced
from bot.find.syntax.lines import Lines
from bot.model.pin import Finding, Pin, Role

_TARGET: Final = re.compile(r"(?P<name>[A-Za-z][\w.-]*+)[ \t]*+:[ \t]*+(?:#.*)?", re.ASCII)
_WORD: Final = re.compile(r"\S+")
_ASSIGNED: Final = re.compile(r"[ \t]*+(?P<name>[A-Za-z_]\w*+)[ \t]*+(?:=[ \t]*+(?P<value>.*))?", re.ASCII | re.DOTALL)
_FLAG: Final = re.compile(r"[ \t]*+--[\w-]++(?:=\S*+)?")
_REMOTE: Final = re.compile(
    r"(?P<repo>[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/[\w.-]{1,100}/[\w.-]{1,100})(?:/[\w./-]{1,200})?(?::(?P<ref>[^\s:+]{1,200}))?(?:\+\S{0,300})?",
    re.ASCII,
)
_VERSION: Final = re.compile(r"v?[0-9]+(?:\.[0-9]+)*(?:[-+.][\w.+-]{1,60})?", re.ASCII)
_NAMES_TARGETS: Final = frozenset({"FROM", "COPY", "BUILD", "DO", "IMPORT"})
_NO_BASE: Final = frozenset({"scratch", "DOCKERFILE"})


@dataclass(slots=True)
class _Recipe:
    """What a target, or the part above the first one, says."""

    variables: dict[str, Traced] = field(default_factory=dict)
    bases: list[Resolved] = field(default_factory=list)
    is_saved: bool = False


class EarthfileFinder:
    name = "earthfile"
    precedence = 5

    def matches(self, path: PurePosixPath) -> bool:
        return path.name == "Earthfile"

    def find(self, path: PurePosixPath, text: str, tree: Tree) -> Iterator[Finding]:  # noqa: ARG002 - nothing stands elsewhere
        found = list(_Reading(path, text, self.name).findings())
        yield from sorted(found, key=lambda finding: (finding.line, finding.column if isinstance(finding, Pin) else 0))


class _Reading:
    """One way through an Earthfile."""

    def __init__(self, path: PurePosixPath, text: str, finder: str) -> None:
        self._path: Final = path
        self._finder: Final = finder
        self._text: Final = text
        self._lines: Final = Lines(text)
        self._references: Final = References(file=path, finder=finder, text=text, lines=self._lines)

    def findings(self) -> Iterator[Finding]:
        base = recipe = _Recipe()
        recipes = [base]
        for line in _logical_lines(self._text):
            if _TARGET.fullmatch(line.text):
                recipe = _Recipe(variables=dict(base.variables))
                recipes.append(recipe)
                continue
            keyword, _, _ = line.text.strip().partition(" ")
            at = line.text.find(keyword) + len(keyword)
            yield from self._read(recipe, keyword.strip(), line.slice(at))
        for each in recipes:
            is_final = each.is_saved or each is base
            for resolved in each.bases:
                role = Role.FINAL_BASE if is_final else Role.BUILD_BASE
                yield self._references.pin(resolved, role=role, used_at=resolved.word.origins[0] or 0)

    def _read(self, recipe: _Recipe, keyword: str, rest: Traced) -> Iterator[Finding]:
        if keyword in {"ARG", "LET"}:
            _declare(recipe, rest)
        elif keyword == "SAVE":
            recipe.is_saved = recipe.is_saved or rest.text.split()[:1] == ["IMAGE"]
        elif keyword == "WITH":
            yield from self._pulled(recipe, rest)
        elif keyword in _NAMES_TARGETS:
            words = [rest.slice(*match.span()) for match in _WORD.finditer(rest.text)]
            plain = [word for word in words if not word.text.startswith("--")]
            remote = [word for word in plain if keyword == "IMPORT" or "+" in word.text]
            yield from (found for word in remote if (found := self._remote(word)))
            if keyword == "FROM" and plain and plain[0] not in remote and plain[0].text not in _NO_BASE:
                yield from self._image(recipe, plain[0], recipe.bases)

    def _pulled(self, recipe: _Recipe, rest: Traced) -> Iterator[Finding]:
        words = [rest.slice(*match.span()) for match in _WORD.finditer(rest.text)]
        for index, word in enumerate(words):
            flag, value = word.cut("=")
            image = value if value is not None else words[index + 1] if index + 1 < len(words) else None
            if flag.text == "--pull" and image is not None:
                images: list[Resolved] = []
                yield from self._image(recipe, image, images)
                for resolved in images:
                    yield self._references.pin(resolved, role=Role.CI_IMAGE, used_at=resolved.word.origins[0] or 0)

    def _image(self, recipe: _Recipe, word: Traced, kept: list[Resolved]) -> Iterator[Finding]:
        words = Words(word, recipe.variables)
        try:
            text = words.whole()
        except ExpansionError as error:
            yield self._references.skip_word(word, f"can't be resolved: {error}")
            return
        if words.unset:
            yield self._references.skip_word(word, f"{', '.join(words.unset)} has no value here: it is known only when it is filled in")
        elif "+" not in text.text:
            kept.append(Resolved(word=word, text=text))

    def _remote(self, word: Traced) -> Finding | None:
        """Another repo's Earthfile: a pin where a version is named."""
        match = _REMOTE.fullmatch(word.text)
        if match is None:
            return None
        reference = match["ref"]
        if reference is None or not _VERSION.fullmatch(reference):
            return self._references.skip_word(word, "another repo without a version: nothing is released under it")
        pieces = word.slice(*match.span("ref")).runs()
        start = pieces[0][1].origins[0] if len(pieces) == 1 else None
        if start is None or PLACEHOLDER.search(word.text):
            return self._references.skip_word(word, "written over several lines, or with a placeholder")
        literal = Literal(file=self._path, finder=self._finder, text=reference, start=start, lines=self._lines)
        return version_pin(
            literal, dependency=git_dependency(f"https://{match['repo']}"), name=match["repo"], role=Role.GIT, scheme="loose"
        )


def _declare(recipe: _Recipe, rest: Traced) -> None:
    at = 0
    while flag := _FLAG.match(rest.text, at):
        at = flag.end()
    match = _ASSIGNED.fullmatch(rest.text, at)
    if match is None:
        return
    recipe.variables.pop(match["name"], None)
    if match["value"] is not None and "$(" not in match["value"]:
        words = Words(rest.slice(*match.span("value")).stripped(), recipe.variables)
        try:
            value = words.whole()
        except ExpansionError:
            return
        if not words.unset:
            recipe.variables[match["name"]] = value


def _logical_lines(text: str) -> Iterator[Traced]:
    """The instructions without comments, continuations joined; a comment among continued lines is left out."""
    pieces: list[Traced] = []
    position = 0
    while position < len(text):
        end = text.find("\n", position)
        end = len(text) if end == -1 else end
        line = text[position:end].rstrip("\r")
        start, position = position, end + 1
        if line.lstrip(" \t\ufeff").startswith("#"):
            continue
        is_continued = line.endswith("\\")
        kept = line.removesuffix("\\")
        pieces.append(Traced(kept, tuple(range(start, start + len(kept)))))
        if not is_continued:
            yield Traced.joined(pieces)
            pieces = []
    if pieces:
        yield Traced.joined(pieces)


PLUGIN: Final[Finder] = EarthfileFinder()
