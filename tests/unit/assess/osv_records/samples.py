"""Packages, systems, records and a store of records, made for tests."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.assess.osv.query import Answer, Query, Record
from bot.assess.osv.source import OsvSource
from bot.assess.source import Told
from bot.model.contents import Contents, OperatingSystem, Package
from bot.model.image import Digest

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DIGEST = Digest("sha256:" + "0" * 64)


def system(told: str) -> OperatingSystem:
    """`debian 12`, `wolfi`."""
    name, _, version = told.partition(" ")
    return OperatingSystem(id=name, version=version, name=f"{name} {version}".strip())


def package(type_: str, name: str, version: str, **more: str) -> Package:
    return Package(type=type_, name=name, version=version, **more)  # type: ignore[arg-type]


def contents(told: OperatingSystem | None, *packages: Package) -> Contents:
    return Contents(image="example.org/app:1", digest=DIGEST, operating_system=told, packages=packages)


def affected(ecosystem: str, name: str, *events: tuple[str, str], **more: object) -> dict[str, object]:
    """One entry with one range."""
    type_ = "SEMVER" if ecosystem in {"npm", "Go"} else "ECOSYSTEM"
    told = [{change: version} for change, version in events]
    return {"package": {"ecosystem": ecosystem, "name": name}, "ranges": [{"type": type_, "events": told}], **more}


def record(id_: str, *entries: dict[str, object], **more: object) -> dict[str, object]:
    return {"id": id_, "modified": "2026-01-02T00:00:00Z", "affected": list(entries), **more}


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """A store that answers with all records of a name in an ecosystem, whatever the version: they are matched again."""

    records: Sequence[Record]
    failed: dict[str, str] = field(default_factory=dict)
    """By the name of a package."""
    as_of: datetime = NOW
    newest: datetime | None = None
    asked: list[Query] = field(default_factory=list)

    def ask(self, queries: Sequence[Query], progress: Callable[[str, int, int], None] = lambda *_: None) -> Answer:
        progress("asking", len(queries), len(queries))
        self.asked.extend(queries)
        return Answer(
            records={
                query: tuple(filter(lambda told, query=query: _is_of(told, query), self.records))
                for query in queries
                if query.name not in self.failed
            },
            failed={query: self.failed[query.name] for query in queries if query.name in self.failed},
            name="OSV",
            as_of=self.as_of,
            newest=self.newest,
            refreshed="with: x",
        )


def _is_of(told: Record, query: Query) -> bool:
    entries = told.get("affected") if isinstance(told, dict) else None
    if not isinstance(entries, list):
        return True
    packages = [entry.get("package") if isinstance(entry, dict) else None for entry in entries]
    return any(
        not isinstance(one, dict)
        or (query.name == one.get("name") and query.ecosystem in {one.get("ecosystem"), str(one.get("ecosystem")).partition(":")[0]})
        for one in packages
    )


def told(store: Records, operating_system: OperatingSystem | None, *packages: Package) -> Told:
    """What OSV tells of an image with these packages."""
    answer = OsvSource(advisories=store, now=lambda: NOW).told(contents(operating_system, *packages))
    assert answer is not None
    return answer
