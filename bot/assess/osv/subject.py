"""A package as OSV is asked about it, and as its records are read for it."""

import re
from dataclasses import dataclass

from bot.assess.osv.query import Query
from bot.model.contents import Package


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One name under which records may speak of a package."""

    ecosystem: str
    """Of the query. Without a release (`SUSE`) it asks for the whole family: the service answers with the records of all its releases."""
    name: str
    only: re.Pattern[str] | None = None
    """Which ecosystems of those records are meant; None: the query's own."""
    withheld: str = ""
    """For whom a fix told here is, where that is not everybody: `Ubuntu Pro`."""

    def names(self, name: str) -> bool:
        """Whether a record means it by that name: those of PyPI are not all normalized."""
        return name == self.name or (self.ecosystem == "PyPI" and pypi_name(name) == self.name)

    def holds(self, ecosystem: str) -> bool:
        """Whether a record's ecosystem is meant."""
        return bool(self.only.fullmatch(ecosystem)) if self.only else ecosystem == self.ecosystem


def pypi_name(name: str) -> str:
    """The normalized name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    package: Package
    version: str
    """That of the source package where advisories speak of that one."""
    places: tuple[Place, ...]
    """Within one record the first of them that it speaks of decides."""

    @property
    def queries(self) -> tuple[Query, ...]:
        return tuple(dict.fromkeys(Query(ecosystem=place.ecosystem, name=place.name, version=self.version) for place in self.places))


@dataclass(frozen=True, slots=True, kw_only=True)
class CannotAsk:
    """Why OSV can't be asked about a package, with the remedy where there is one."""

    reason: str
