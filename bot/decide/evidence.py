"""What policies may ask of the world outside; the answers are found before or elsewhere, and handed in."""

from typing import Protocol

from bot.model.comparison import ImageStep
from bot.model.signature import SignatureCheck
from bot.model.update import Update


class Evidence(Protocol):
    """Knowledge about releases that their listing does not hold. The same question always gets the same answer within a run."""

    def step(self, update: Update) -> ImageStep | None:
        """What the update does to the image: its packages and known holes; None: not known."""
        ...

    def is_no_op(self, update: Update) -> bool:
        """Whether the new digest is known to hold the same: the same digests for the pin's platforms, or the same diff_ids and config."""
        ...

    def is_older_build(self, update: Update) -> bool:
        """Whether the new digest is known to have been built before the pin's."""
        ...

    def is_newer_build(self, update: Update) -> bool:
        """Whether the new digest is known to have been built after the pin's."""
        ...

    def lost_platforms(self, update: Update) -> tuple[str, ...]:
        """The platforms that the pin's image is known to have and the release is known to lack."""
        ...

    def signature(self, update: Update) -> SignatureCheck | None:
        """What is demanded of the new image's signatures and what was found; None: nothing is demanded."""
        ...


class NoEvidence:
    """Nothing is known."""

    def step(self, update: Update) -> ImageStep | None:  # noqa: ARG002
        return None

    def is_no_op(self, update: Update) -> bool:  # noqa: ARG002
        return False

    def is_older_build(self, update: Update) -> bool:  # noqa: ARG002
        return False

    def is_newer_build(self, update: Update) -> bool:  # noqa: ARG002
        return False

    def lost_platforms(self, update: Update) -> tuple[str, ...]:  # noqa: ARG002
        return ()

    def signature(self, update: Update) -> SignatureCheck | None:  # noqa: ARG002
        return None
