"""What a new build of an image brought, held against what it was made for."""

from dataclasses import dataclass
from enum import StrEnum

from bot.model.image import Digest


class RebuildVerdict(StrEnum):
    """Whether a rebuild fixed what it was for. `fixed` is said only where it is proved."""

    FIXED = "fixed"
    FIX_NOT_IN_BASE = "the base moved, but the fix is not in it yet"
    CACHED = "the layer that upgrades packages came out of a cache"
    HELD_BACK = "the package was held back"
    OTHER_STAGE = "another stage was fixed, not the final one"
    TAG_DID_NOT_MOVE = "the tag did not move"
    ONE_PLATFORM = "only some platforms were rebuilt"
    NOTHING_CHANGED = "nothing changed"
    NOT_FIXED = "rebuilt, and not fixed"
    """For none of the reasons above."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildFinding:
    """The verdict on one image's new build, with what it rests on."""

    image: str
    """Registry, repository and tag."""
    old: Digest
    new: Digest | None
    """None: no new one was seen."""
    platform: str = ""
    verdict: RebuildVerdict
    evidence: tuple[str, ...] = ()
    """In words, each a sentence."""
    remedy: str = ""
    """What would help, in words; empty: nothing is to be done, or nothing is known."""
