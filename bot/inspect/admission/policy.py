"""A policy as it was understood: which images, and whose signatures. What was not understood is in it too, and never lets anything in."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, Final

import re2  # type: ignore[import-untyped]

from bot.clients.json_fields import parts, text
from bot.model.image import DOCKER_HUB, ImageReference
from bot.model.signature import Identity

_MAX_PATTERN: Final = 1000
Document = Mapping[str, Any]
"""Hostile."""


class Grammar(Enum):
    """How patterns of image names are read."""

    CROSSING = auto()
    """`*` stands for anything, slashes too."""
    SEGMENTS = auto()
    """`*` stays between two slashes, `**` crosses them."""


class Enforcement(Enum):
    """What becomes of an image that a policy does not let in."""

    REFUSED = "would be refused"
    REPORTED = "would be reported"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePattern:
    """A pattern over image references, in a controller's own grammar."""

    text: str
    grammar: Grammar = Grammar.CROSSING

    def fits(self, image: ImageReference) -> bool:
        """Whether it speaks of the image by any of the names that it can be called."""
        pattern = _compiled(self.text, self.grammar)
        return any(pattern.fullmatch(name) is not None for name in _names(image))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One signature that has to be there, by any of those who are named."""

    keys: tuple[str, ...] = ()
    """Public keys in PEM."""
    identities: tuple[Identity, ...] = ()
    gaps: tuple[str, ...] = ()
    """What else would satisfy it, and was not understood."""
    problem: str = ""
    """Why it can't be checked at all; empty: it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePolicy:
    """What one policy demands of the images that it speaks of."""

    system: str
    name: str
    file: str
    match: tuple[ImagePattern, ...]
    skip: tuple[ImagePattern, ...] = ()
    enforcement: Enforcement = Enforcement.REFUSED
    wanted: tuple[Wanted, ...] = field(default=())
    """All of these; nothing: it lets in whatever fits it."""
    is_unread: bool = False
    """Whether it stands for a file that could not be read."""

    def fits(self, image: ImageReference) -> bool:
        return any(one.fits(image) for one in self.match) and not any(one.fits(image) for one in self.skip)

    def __str__(self) -> str:
        return f"the policy {self.name} ({self.system}, {self.file})"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegexIdentity(Identity):
    """Who may sign, by regular expressions (RE2) that may fit anywhere; what has none is a shell pattern."""

    issuer_expression: str = ""
    subject_expression: str = ""

    def fits(self, *, issuer: str, subject: str) -> bool:
        by_issuer = _found(self.issuer_expression, issuer) if self.issuer_expression else fnmatchcase(issuer, self.issuer)
        return by_issuer and (_found(self.subject_expression, subject) if self.subject_expression else fnmatchcase(subject, self.subject))


def identity(told: Document) -> Identity | None:
    """Who may sign, as Kyverno and the policy-controller write it; None: nobody in particular, or by what is no expression."""
    issuer, subject = text(told.get("issuer")), text(told.get("subject"))
    issuer_expression = text(told.get("issuerRegExp") or told.get("issuerRegex"))
    subject_expression = text(told.get("subjectRegExp") or told.get("subjectRegex"))
    if not (issuer or issuer_expression) or not (subject or subject_expression):
        return None
    if not all(map(_is_expression, (issuer_expression, subject_expression))):
        return None
    return RegexIdentity(
        issuer=_literal(issuer), subject=_literal(subject), issuer_expression=issuer_expression, subject_expression=subject_expression
    )


def demands(value: object) -> Sequence[Document]:
    """The entries of a list that demands something. Raises UnreadableError where it is none: passed over, it would be consent."""
    return parts(value or None)


def specification(document: Document) -> Document:
    """What a manifest demands. Raises UnreadableError where it is no mapping."""
    return parts([document.get("spec") or {}])[0]


def documents_name(document: Document) -> str:
    """The name that a manifest gives itself."""
    metadata = document.get("metadata")
    return text(metadata.get("name")) if isinstance(metadata, dict) else ""


def patterns(texts: Sequence[str], grammar: Grammar = Grammar.CROSSING) -> tuple[ImagePattern, ...]:
    return tuple(ImagePattern(text=one, grammar=grammar) for one in texts)


def pem_keys(told: str) -> tuple[str, ...]:
    """The public keys in a text; empty: there is none, but perhaps a reference to where one is."""
    end = "-----END PUBLIC KEY-----"
    parts = [f"{part}{end}\n" for part in told.split(end)[:-1]]
    return tuple(part[part.index("-----BEGIN PUBLIC KEY-----") :] for part in parts if "-----BEGIN PUBLIC KEY-----" in part)


def _literal(told: str) -> str:
    """A text with `*` and `?` as wildcards, and nothing else that fnmatch knows."""
    return told.replace("[", "[[]")


def _is_expression(told: str) -> bool:
    try:
        _expression(told)
    except re2.error:
        return False
    return True


def _found(expression: str, told: str) -> bool:
    return _expression(expression).search(told) is not None


@cache
def _expression(told: str) -> Any:  # noqa: ANN401 re2 has no types
    return re2.compile(told[:_MAX_PATTERN])


@cache
def _compiled(told: str, grammar: Grammar) -> Any:  # noqa: ANN401 re2 has no types
    any_text, one = (".*", ".") if grammar is Grammar.CROSSING else ("[^/]*", "[^/]")
    parts = []
    rest = told[:_MAX_PATTERN]
    while rest:
        if rest.startswith("**"):
            parts.append(".*")
            rest = rest.lstrip("*")
            continue
        parts.append({"*": any_text, "?": one}.get(rest[0]) or re2.escape(rest[0]))
        rest = rest[1:]
    return re2.compile("".join(parts))


def _names(image: ImageReference) -> Iterator[str]:
    names = {image.name, image.familiar}
    if image.registry == DOCKER_HUB:
        names |= {f"docker.io/{image.familiar}", f"index.docker.io/{image.repository}", f"index.docker.io/{image.familiar}"}
    tag, digest = f":{image.tag or 'latest'}", f"@{image.digest}" if image.digest else ""
    for name in sorted(names):
        yield from (name, f"{name}{tag}", *((f"{name}{digest}", f"{name}{tag}{digest}") if digest else ()))
