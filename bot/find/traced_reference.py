"""An image reference whose characters know where they stand -> its parts, each with the literals that it is written in."""

from dataclasses import dataclass

from bot.find.syntax.dockerfile.traced import Traced
from bot.model.image import ImageReference, split_tag
from bot.model.pin import SiteKind


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedReference:
    """A reference, and the pieces of text that an edit would replace, in reading order."""

    parsed: ImageReference
    name: str
    """As written, with variables resolved."""
    pieces: tuple[tuple[SiteKind, Traced], ...]
    """Of tag and digest; of the name where neither is written."""


def read_traced(reference: Traced) -> TracedReference:
    """The parts of a reference. Raises InvalidReferenceError."""
    text = reference.text
    parsed = ImageReference.parse(text)
    named = text.partition("@")[0]
    name, tag = split_tag(named)
    parts: list[tuple[SiteKind, Traced]] = []
    if tag is not None:
        parts.append((SiteKind.TAG, reference.slice(len(name) + 1, len(named))))
    if parsed.digest is not None:
        parts.append((SiteKind.DIGEST, reference.slice(len(named) + 1)))
    if not parts:
        parts.append((SiteKind.NAME, reference.slice(0, len(name))))
    return TracedReference(parsed=parsed, name=name, pieces=tuple((kind, run) for kind, part in parts for _, run in part.runs()))
