"""One process at a time: whoever comes second waits for its turn, and is told whose turn it is."""

import os
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, text

from bot.clients.private import private_file
from bot.model.exit_code import ExitCode
from bot.model.failure import ToldError
from bot.model.shard import Shard

_BETWEEN_TRIES: Final = timedelta(seconds=1)
_LOCK: Final = 0x7265_6275_696C_65
"""Any number that nothing else on the same PostgreSQL server uses."""
_SHARDS: Final = 0x7265_6275
"""The same, of the locks that have two numbers."""


class NotOurTurnError(ToldError):
    """Somebody else had the turn all the time; the message says who and since when."""

    exit_code = ExitCode.USAGE


@contextmanager
def turn_by_file(file: Path, *, longest: timedelta, waiting: Callable[[str], None]) -> Iterator[None]:
    """Holds the turn of all processes that use the same file, which is made; it falls back when the process ends, however it ends.

    `waiting` is told once whose turn it is, where there is a wait of at most `longest`. Raises NotOurTurnError, OSError.
    """
    holder = file.with_name(f"{file.name}.holder")
    private_file(file)
    lock = FileLock(file)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        who = _read(holder)
        waiting(who)
        try:
            lock.acquire(timeout=longest.total_seconds(), poll_interval=_BETWEEN_TRIES.total_seconds())
        except Timeout:
            raise NotOurTurnError(_refusal(_read(holder), longest)) from None
    try:
        private_file(holder)
        holder.write_text(_oneself(), encoding="utf-8")
        yield
    finally:
        with suppress(OSError):
            holder.unlink()
        lock.release()


@contextmanager
def turn_by_server(engine: Engine, *, longest: timedelta, waiting: Callable[[str], None], shard: Shard | None = None) -> Iterator[None]:
    """The same by advisory locks of PostgreSQL (section 13.3.5), which end with the connection that holds them.

    A shard shares the turn with the other shards, and holds its own part of it alone.
    """
    locks = [("pg_try_advisory_lock(:lock)", {"lock": _LOCK})]
    if shard is not None:
        own = {"shards": _SHARDS, "number": shard.number}
        locks = [("pg_try_advisory_lock_shared(:lock)", {"lock": _LOCK}), ("pg_try_advisory_lock(:shards, :number)", own)]
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("SELECT set_config('application_name', :name, false)"), {"name": _oneself()[:63]})
        try:
            _take(connection, locks, longest, waiting)
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock_all()"))


def _take(connection: Connection, locks: Sequence[tuple[str, dict[str, int]]], longest: timedelta, waiting: Callable[[str], None]) -> None:
    """Hold all of the locks. Raises NotOurTurnError, and holds some of them then."""
    until, is_told = time.monotonic() + longest.total_seconds(), False
    for lock, numbers in locks:
        while not connection.execute(text(f"SELECT {lock}"), numbers).scalar_one():
            who = _holder(connection)
            if time.monotonic() >= until:
                raise NotOurTurnError(_refusal(who, longest))
            if not is_told:
                waiting(who)
                is_told = True
            time.sleep(min(_BETWEEN_TRIES.total_seconds(), longest.total_seconds()))


def _holder(connection: Connection) -> str:
    query = """
        SELECT application_name FROM pg_stat_activity JOIN pg_locks USING (pid)
        WHERE locktype = 'advisory' AND granted AND (classid::bigint << 32 | objid::bigint) = :lock
        AND pid <> pg_backend_pid()
    """
    return connection.execute(text(query), {"lock": _LOCK}).scalar() or "somebody who is just done"


def _oneself() -> str:
    return f"process {os.getpid()} on {socket.gethostname()[:25]} since {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"


def _read(holder: Path) -> str:
    """Whoever has the turn may not have written its name yet."""
    with suppress(OSError):
        return " ".join(holder.read_text(encoding="utf-8", errors="replace").split())[:200] or "somebody"
    return "somebody"


def _refusal(who: str, longest: timedelta) -> str:
    waited = f" after {longest.total_seconds() / 60:.0f} minutes" if longest else ""
    return f"another run is at work{waited} ({who}). Wait until it is done, or end it, then run again."
