"""The value on a line that an annotation speaks of: behind a key, in an image reference, in an address."""

import re
from dataclasses import dataclass
from typing import Final

from bot.find.reference import PLACEHOLDER, Literal
from bot.model.image import Digest
from bot.model.pin import Site, SiteKind

_DIGEST: Final = r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}"
_REFERENCE: Final = re.compile(
    rf"(?:(?<![\w/.-])|(?<=://))[\w.-]+(?::[0-9]+)?/[\w./-]+:(?P<value>\w[\w.-]{{0,127}})(?:@(?P<digest>{_DIGEST}))?(?![\w/])", re.ASCII
)
_ADDRESS: Final = re.compile(r"(?:https?://|git\+|/)[^\s'\"]{1,500}")
_VERSION_IN_ADDRESS: Final = re.compile(
    r"(?<=[/=@_-])v?[0-9]+(?:\.[0-9]+)+(?:[-+][0-9A-Za-z.]+)?(?=[/?#&_'\"\s-]|\.(?:zip|tar|tgz|ya?ml)|$)", re.ASCII
)
_ASSIGNED: Final = re.compile(
    rf"(?:[:=]=?|\?=|\bENV[ \t]+\w+|\bARG[ \t]+\w+|^[ \t]*-)[ \t]*(?P<quote>['\"]?)"
    rf"(?:(?P<value>[A-Za-z0-9][\w.+-]{{0,127}})(?:@(?P<digest>{_DIGEST}))?|(?P<bare>{_DIGEST}))(?P=quote)(?=[\s,;)}}#]|$)",
    re.ASCII | re.MULTILINE,
)
_IN_DEFAULT: Final = re.compile(r":?[-=](?P<value>[A-Za-z0-9][\w.+-]{0,127})\}", re.ASCII)
_LONE: Final = re.compile(
    r"(?<![^\s'\"`({*=>])(?P<value>v?[0-9]+(?:\.[0-9]+){1,5}(?:[-+][0-9A-Za-z.+-]{1,60})?)(?=[\s'\"`)},*<;]|[.:]?(?:\s|$))", re.ASCII
)
"""A version among words, perhaps in quotes, backticks or markup."""
_MAX_LINE_CHARACTERS: Final = 4000
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")


class NotFoundError(Exception):
    """The line holds no value that could be meant; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """The parts of a line that hold the value: offsets in the line's text."""

    text: str | None
    digest: Digest | str | None
    parts: tuple[tuple[SiteKind, int, int], ...]
    quote: str = ""

    def sites(self, line: Literal) -> tuple[Site, ...]:
        """The parts as sites of the file that the line is of."""
        made = []
        for kind, start, end in self.parts:
            piece = Literal(
                file=line.file,
                finder=line.finder,
                text=line.text[start:end],
                start=line.start + start,
                lines=line.lines,
                quote=self.quote if kind is SiteKind.VERSION else "",
            )
            made.append(piece.site(kind, 0, end - start))
        return tuple(made)


def find_value(line: str, *, is_image: bool, is_yaml: bool) -> Value:
    """The value that stands on a line. Raises NotFoundError.

    In an image reference it is the tag, with the digest behind it; in an address the version that it names, wherever it is repeated;
    else what is assigned, the last of several; else the only word that is a version (`install-tool yarn 1.22.21`).
    """
    if len(line) > _MAX_LINE_CHARACTERS:
        raise NotFoundError(f"the annotated line has more than {_MAX_LINE_CHARACTERS} characters")
    reference = _REFERENCE.search(line)
    if reference is not None and (is_image or "://" not in line):
        return _matched(reference, SiteKind.TAG)
    address = _ADDRESS.search(line)
    versions = list(_VERSION_IN_ADDRESS.finditer(line, address.start(), address.end())) if address else []
    if versions:
        first = versions[0]
        repeats = [version.span() for version in versions[1:] if version.group().removeprefix("v") == first.group().removeprefix("v")]
        parts = [(SiteKind.VERSION, *first.span()), *((SiteKind.COMMENT, *span) for span in repeats)]
        return Value(text=first.group(), digest=None, parts=tuple(parts))
    default = _IN_DEFAULT.search(line)
    if default is not None:
        return _matched(default, SiteKind.VERSION)
    assigned = list(_ASSIGNED.finditer(line))
    if assigned:
        is_whole_scalar = is_yaml and not assigned[-1]["quote"]
        return _matched(assigned[-1], SiteKind.VERSION, quote='"' if is_whole_scalar else "")
    words = list(_LONE.finditer(line))
    if len(words) == 1:
        return _matched(words[0], SiteKind.VERSION)
    if PLACEHOLDER.search(line):
        raise NotFoundError("the annotated line holds a placeholder: the value is known only when it is filled in")
    raise NotFoundError("no value was found on the annotated line")


def _matched(match: re.Match[str], kind: SiteKind, *, quote: str = "") -> Value:
    groups = match.groupdict()
    parts: list[tuple[SiteKind, int, int]] = []
    text, digest = groups.get("value"), groups.get("digest") or groups.get("bare")
    if text is not None and _COMMIT.fullmatch(text):
        return Value(text=None, digest=text, parts=((SiteKind.COMMIT, *match.span("value")),))
    if text is not None:
        parts.append((kind, *match.span("value")))
    if digest is not None:
        parts.append((SiteKind.DIGEST, *match.span("digest" if groups.get("digest") else "bare")))
    return Value(text=text, digest=Digest(digest) if digest else None, parts=tuple(parts), quote=quote if digest is None else "")
