"""The seam of the places where releases are listed."""

from collections.abc import Sequence
from typing import Protocol

from bot.model.dependency import Dependency, Release
from bot.model.listing import DatasourceError, NotListedError

__all__ = ["Datasource", "DatasourceError", "NotListedError"]


class Datasource(Protocol):
    """Where releases are listed. Safe to call from several threads."""

    @property
    def name(self) -> str: ...

    def releases(self, dependency: Dependency) -> Sequence[Release]:
        """Every published value, in the order the place lists them, digests and dates only where they cost nothing.

        Raises DatasourceError.
        """
        ...

    def describe(self, release: Release) -> Release:
        """The same release with digest (image digest, or commit), dates and source filled in. Raises DatasourceError."""
        ...
