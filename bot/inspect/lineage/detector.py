"""One way of knowing an image's base: what it hears, and how far that may be believed before the layers are asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.inspect.lineage.stack import Stack
from bot.model.lineage import BuiltBy, Claim


class Says(StrEnum):
    """What a statement says of the image that it names."""

    ITS_BASE = "it is the base"
    MAYBE_OF_ITS_BASE = "it is the base, or that of the base"
    """Builders hand on labels: a label may have been written for the image below."""
    WRITTEN = "what it was built from names it"
    NAME_OF_ITS_BASE = "the base is called so"
    """Which image that name stood for is not told."""
    NO_BASE = "there is none"
    ONE_OF_ALL = "it is one of all images that the build used"
    ONE_OF_SOME = "it is one of the images that the build used"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    claim: Claim
    says: Says


@dataclass(frozen=True, slots=True, kw_only=True)
class NotHeard:
    """What could not be read, so that something may have been said there."""

    what: str
    reason: str

    def __str__(self) -> str:
        return f"{self.what}: {self.reason}"


class Detector(Protocol):
    """A failure is a value among what it gives; nothing is raised."""

    def hear(self, image: Stack) -> Iterator[Said | NotHeard | BuiltBy]: ...
