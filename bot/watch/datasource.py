"""The seam of the places where releases are listed."""

from collections.abc import Sequence
from typing import Protocol

from bot.model.dependency import Dependency, Release


class DatasourceError(Exception):
    """A look-up failed; the message says what, where and the remedy. Unknown is not vanished."""

    def __init__(self, message: str, *, is_temporary: bool = False) -> None:
        super().__init__(message)
        self.is_temporary = is_temporary


class NotListedError(DatasourceError):
    """The place answered, and the dependency or the value does not exist there."""


class Datasource(Protocol):
    """Where releases are listed. Safe to call from several threads."""

    name: str

    def releases(self, dependency: Dependency) -> Sequence[Release]:
        """Every published value, in the order the place lists them, digests and dates only where they cost nothing.

        Raises DatasourceError.
        """
        ...

    def describe(self, release: Release) -> Release:
        """The same release with digest (image digest, or commit), dates and source filled in. Raises DatasourceError."""
        ...
