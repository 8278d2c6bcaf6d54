"""The ledger itself: what it holds, and another one's history brought into it. No token, no network."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bot.clients.database import DatabaseError
from bot.ledger.ledger import Ledger
from bot.ledger.merge import Merged, merge
from bot.ledger.overview import Subject, subjects
from bot.model.failure import told
from bot.model.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What a merge of one file came to."""

    file: Path
    merged: Merged | None
    problem: str = ""
    """Why nothing of it was merged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a ledger holds, and where it is."""

    where: str
    size_bytes: int
    subjects: Sequence[Subject]


def bring(files: Sequence[Path], into: Secret | str) -> Iterator[Brought]:
    """Merge the ledgers in files into the one at a URL, each by itself: one that can't be used stops no other. Raises DatabaseError."""
    with closing(Ledger.open(into)) as ledger:
        for file in files:
            try:
                yield Brought(file=file, merged=merge(ledger, file))
            except DatabaseError as error:
                yield Brought(file=file, merged=None, problem=told(error, where=str(file)))


def held(url: Secret | str) -> Held:
    """What the ledger at a URL holds. Raises DatabaseError."""
    with closing(Ledger.open(url)) as ledger:
        found = tuple(subjects(ledger.database))
        return Held(where=str(ledger.database), size_bytes=ledger.database.size_bytes(), subjects=found)
