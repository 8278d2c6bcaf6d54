"""What is not as it should be on the way to production."""

from dataclasses import dataclass
from enum import StrEnum

from bot.model.exposure import Known


class GapKind(StrEnum):
    SKIPPED = "stage skipped"
    """What runs in production was in no stage before it."""
    BEHIND = "behind"
    """The stage before has something newer."""
    FROZEN = "frozen"
    """A stage takes nothing though there are newer releases, or somebody was told to bring nothing there."""
    DRIFT = "drift"
    """What is written to run and what runs are not the same."""
    UNPUBLISHED = "published by no repo"
    """It runs, and no repo of the fleet is known to make it."""
    NO_OWNER = "no owner"
    """An app is deployed and belongs to nobody."""
    RETIRED = "retired?"
    """An app is deployed nowhere that is known, and silent: asked, never concluded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """One of them, with what it rests on. What sources name in it is hostile."""

    kind: GapKind
    app: str
    """That publishes the image; empty: none is known to."""
    image: str
    """Registry and repository."""
    stage: str
    said: str
    """In words: `has 1.4.1, 2 releases behind qa, which has 1.4.3`."""
    is_so: Known = Known.YES
    """Unknown: it looks so, and what would prove or refute it is not known."""
    evidence: tuple[str, ...] = ()
    """Whose word it is, with its day, each a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sprawl:
    """How many apps stand on which values of one image or chart."""

    dependency: str
    apps: int
    values: tuple[tuple[str, int], ...]
    """Each value with the number of apps that name it, the most used first."""
