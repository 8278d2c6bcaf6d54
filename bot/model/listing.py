"""What a look-up of one dependency came to."""

from dataclasses import dataclass

from bot.model.dependency import Dependency, Release


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """All published values of a dependency, or the reason why they are not known."""

    dependency: Dependency
    releases: tuple[Release, ...] = ()
    problem: str | None = None
    """Why the look-up failed; the releases then mean nothing."""
