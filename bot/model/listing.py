"""What a look-up of one dependency came to."""

from dataclasses import dataclass

from bot.model.dependency import Dependency, Release
from bot.model.failure import ToldError


class DatasourceError(ToldError):
    """A look-up failed; the message says what, where and the remedy. Unknown is not vanished."""

    def __init__(self, message: str, *, is_temporary: bool = False) -> None:
        super().__init__(message)
        self.is_temporary = is_temporary


class NotListedError(DatasourceError):
    """The place answered, and the dependency or the value does not exist there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """All published values of a dependency, or the reason why they are not known."""

    dependency: Dependency
    releases: tuple[Release, ...] = ()
    problem: str | None = None
    """Why the look-up failed; the releases then mean nothing."""
    lost: tuple[str, ...] = ()
    """Values that the last list had, by the ledger, and this one has not."""
    shrunk: str | None = None
    """Why the list is not to be believed; the releases then are some of those that there are."""
