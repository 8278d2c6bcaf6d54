"""What is asked of a store of OSV advisories, and what comes back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


def base(ecosystem: str) -> str:
    """The ecosystem without its release, which is what archives are made of: `Debian:12` is in `Debian`."""
    return ecosystem.partition(":")[0]


Record = Mapping[str, Any]
"""One advisory as its JSON is: hostile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One package at one version, in the words of OSV: `Debian:12`, `openssl` (the source package), `3.0.11-1~deb12u2`."""

    ecosystem: str
    name: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a store knows. A query is in exactly one of the two maps."""

    records: Mapping[Query, tuple[Record, ...]]
    """The advisories that may concern each; more than that do no harm: they are matched again."""
    failed: Mapping[Query, str]
    """Why nothing is known, with the remedy."""
    name: str
    """Of the store: `OSV`, `OSV mirror`."""
    as_of: datetime | None
    """Of when its data is: now for the service, the fetch for a mirror; of several parts the oldest one."""
    newest: datetime | None = None
    """Of when the newest part is, where there are several."""
    refreshed: str = ""
    """How newer data is had: `with: rebuild-bot …`; empty: it is new whenever it is asked."""


class Advisories(Protocol):
    """A store of advisories: the service or a mirror of it. Safe to use from several threads."""

    def ask(self, queries: Sequence[Query], progress: Callable[[str, int, int], None] = lambda *_: None) -> Answer:
        """Every query's advisories, or why they can't be had; never raises for one bad answer."""
        ...
