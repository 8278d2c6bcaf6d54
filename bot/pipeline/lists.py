"""The lists of what runs that the settings name."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from bot.model.failure import Failure
from bot.track.deployments.read import Read


class Lists(Protocol):
    def read(self, *, now: datetime) -> Iterable[tuple[str, Read | Failure]]:
        """What each tells, with its name. Never raises for what is in one, nor for what is missing."""
        ...


class NoLists:
    """The settings name none."""

    def read(self, *, now: datetime) -> Iterable[tuple[str, Read | Failure]]:  # noqa: ARG002 - the signature of lists
        return ()
