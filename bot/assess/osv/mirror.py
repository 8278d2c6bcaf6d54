"""A folder that holds the advisories of whole ecosystems, so that no network is needed: one index for each."""

import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog

from bot.assess.osv import index
from bot.assess.osv.index import About, IndexFileError
from bot.assess.osv.query import Answer, Query, Record, base
from bot.model.failure import told

log = structlog.get_logger()

_ENDING: Final = ".sqlite3"
_ECOSYSTEM: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._+-]{0,79}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a mirror has of one ecosystem."""

    ecosystem: str
    about: About | None = None
    problem: str = ""
    """Why it can't be read, with the remedy; empty: it can."""


class OsvMirror:
    """The advisories in a folder. Safe to use from several threads, and while `fetch` is at work."""

    name: Final = "OSV mirror"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def ask(self, queries: Sequence[Query], progress: Callable[[str, int, int], None] = lambda *_: None) -> Answer:
        """Every query's advisories, whatever the release, or why they can't be had. `as_of` is that of the oldest index asked."""
        by_ecosystem: dict[str, list[Query]] = {}
        for query in dict.fromkeys(queries):
            by_ecosystem.setdefault(base(query.ecosystem), []).append(query)
        records: dict[Query, tuple[Record, ...]] = {}
        failed: dict[Query, str] = {}
        dates: list[datetime] = []
        for done, (ecosystem, some) in enumerate(by_ecosystem.items()):
            progress("advisories", done, len(by_ecosystem))
            try:
                as_of, found = self._found(ecosystem, some)
                dates.append(as_of)
                records |= found
            except IndexFileError as error:
                failed |= dict.fromkeys(some, self._refusal(ecosystem, str(error)))
            except Exception as error:
                log.exception("mirror.unknown", ecosystem=ecosystem)
                failed |= dict.fromkeys(some, f"{self._folder}: {told(error)}")
        progress("advisories", len(by_ecosystem), len(by_ecosystem))
        return Answer(
            records=records,
            failed=failed,
            name=self.name,
            as_of=min(dates, default=None),
            newest=max(dates, default=None),
            refreshed=f"with: rebuild-bot advisories fetch --into {shlex.quote(str(self._folder))}",
        )

    def _found(self, ecosystem: str, queries: Sequence[Query]) -> tuple[datetime, Mapping[Query, tuple[Record, ...]]]:
        if not is_ecosystem(ecosystem):
            raise IndexFileError("can't be there")
        with index.opened(index_path(self._folder, ecosystem)) as (about, named):
            return about.as_of, {query: named(query.name) for query in queries}

    def _refusal(self, ecosystem: str, why: str) -> str:
        if not is_ecosystem(ecosystem):
            what = f"{ecosystem[:80]!r} is no name of an ecosystem"
            return f"{what}, so that the mirror {self._folder} can't have it. Check the image's package lists."
        return f"{ecosystem} in the mirror {self._folder} {why}. Fetch it with: {fetched_by(self._folder, ecosystem)}"


def fetched_by(folder: Path, ecosystem: str) -> str:
    """The command that makes or refreshes an ecosystem in a mirror."""
    return f"rebuild-bot advisories fetch --ecosystem {shlex.quote(ecosystem)} --into {shlex.quote(str(folder))}"


def is_ecosystem(name: str) -> bool:
    """Whether a text may be the name of an ecosystem, and so a part of an address and of a file's name."""
    return _ECOSYSTEM.fullmatch(name) is not None and not name.endswith((".", " "))


def index_path(folder: Path, ecosystem: str) -> Path:
    """Where a mirror has an ecosystem."""
    return folder / f"{ecosystem}{_ENDING}"


def held(folder: Path) -> Iterator[Held]:
    """What a mirror has, by the names of the ecosystems. Raises OSError where there is no such folder."""
    names = sorted(file.name.removesuffix(_ENDING) for file in folder.iterdir() if file.name.endswith(_ENDING))
    for ecosystem in filter(is_ecosystem, names):
        try:
            yield Held(ecosystem=ecosystem, about=index.about(index_path(folder, ecosystem)))
        except IndexFileError as error:
            yield Held(ecosystem=ecosystem, problem=f"{error}. Fetch it with: {fetched_by(folder, ecosystem)}")
