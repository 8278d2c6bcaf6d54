"""The ledger itself: what it holds, and another one's history brought into it. No token, no network."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from bot.clients.database import DatabaseError, file_of
from bot.ledger.ledger import Ledger
from bot.ledger.merge import Merged, merge
from bot.ledger.overview import Subject, subjects
from bot.ledger.soundness import check
from bot.ledger.tidy import Tidied, is_due, rehearse
from bot.ledger.tidy import tidy as tidy_ledger
from bot.model.failure import Failure, told
from bot.model.keep import Keep
from bot.model.secret import Secret
from bot.settings import Settings
from bot.wiring.clients import Now, utc_now

log = structlog.get_logger()

LONGEST_WAIT: Final = timedelta(minutes=15)
"""For a run to end."""
_REMEDY: Final = "nothing of it was deleted. Put a good one in its place, of a backup, or merge older copies into a new one"


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


def is_there(url: Secret | str) -> bool:
    """Whether the ledger at a URL is there; one on a server is, or opening it says why not. Raises DatabaseError."""
    file = file_of(url)
    return file is None or file.is_file()


def tidy(url: Secret | str, keep: Keep, *, waiting: Callable[[str], None], now: Now = utc_now) -> Tidied:
    """Delete what the ledger at a URL keeps no longer, once no run is at work with it.

    Raises DatabaseError, then without having deleted anything where it is damaged, no ledger or of a newer version; NotOurTurnError.
    """
    with closing(_sound(url)) as ledger, ledger.turn(longest=LONGEST_WAIT, waiting=waiting):
        return tidy_ledger(ledger, keep, now())


def would_tidy(url: Secret | str, keep: Keep, *, waiting: Callable[[str], None], now: Now = utc_now) -> Tidied:
    """What `tidy` would delete; nothing is. Raises as it does."""
    with closing(_sound(url)) as ledger, ledger.turn(longest=LONGEST_WAIT, waiting=waiting):
        return rehearse(ledger, keep, now())


def tidied_if_due(ledger: Ledger, settings: Settings, now: datetime) -> tuple[Failure, ...]:
    """Tidy the ledger of a run over the whole fleet, which has the turn, where the last time is long enough ago; what failed of it."""
    every = timedelta(days=settings.ledger.tidy_every_days)
    try:
        if not every or not is_due(ledger, every, now):
            return ()
        _check(settings.ledger_url)
        tidied = tidy_ledger(ledger, settings.ledger.keep, now)
    except DatabaseError as error:
        return (Failure(where="tidying the ledger", what=f"{told(error, where='tidying the ledger')}."),)
    log.info("ledger.tidied", deleted=tidied.deleted, bytes_before=tidied.size_before_bytes, bytes=tidied.size_bytes)
    return ()


def _check(url: Secret | str) -> None:
    file = file_of(url)
    if file is not None:
        check(file, called=file, remedy=_REMEDY, newer_remedy="use that version")


def _sound(url: Secret | str) -> Ledger:
    _check(url)
    return Ledger.open(url)
