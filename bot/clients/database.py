"""The database of the ledger: SQLite by default, PostgreSQL by its URL, the same code for both."""

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from importlib import resources
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote

import structlog
from sqlalchemy import URL, Connection, Engine, StaticPool, Table, column, create_engine, event, inspect, make_url, select, table, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from bot.clients.private import private_file, private_folder
from bot.model.failure import ToldError
from bot.model.secret import Secret
from bot.model.shard import Shard

log = structlog.get_logger()
_T = TypeVar("_T")

_BUSY_SECONDS: Final = 60
"""How long a process waits for another one that is writing to the same SQLite file."""
_FREE_SHARE: Final = 0.1
"""Of a SQLite file: with less free room it is not written anew where nothing was deleted."""
_MANY: Final = 500
"""Values in one IN list."""
_VERSION_TABLE: Final = "alembic_version"
_SIZE: Final = "SELECT pg_database_size(current_database())"
_LOCK: Final = text("SELECT pg_advisory_xact_lock(:lock)")
_MIGRATION_LOCK: Final = 0x7265_6275_696C_64
"""Any number that nothing else on the same PostgreSQL server uses."""


class DatabaseError(ToldError):
    """The database refused or failed; the message says what, where (without the password) and the remedy."""


class Database:
    """Open connections to one database whose tables are up to date. Safe to use from several threads; SQLite has one writer at a time.

    `sqlite://` is a database in memory, gone with this object. `migrations` is where Alembic finds the scripts that make the tables
    (`package:folder`); None leaves them as they are, for who only looks. Raises DatabaseError.
    """

    def __init__(self, url: Secret | str, *, migrations: str | None) -> None:
        self._url: Final = _parsed(url.reveal() if isinstance(url, Secret) else url)
        self._is_sqlite: Final = self._url.get_backend_name() == "sqlite"
        self._in_memory: Final = self._is_sqlite and self._url.database in {None, "", ":memory:"}
        # One writer: in memory there is but one connection, so readers take their turn too.
        self._turn: Final = threading.RLock()
        with self._translated():
            self._engine: Final = self._make_engine()
        try:
            if migrations is not None:
                self._migrate(migrations)
        except BaseException:
            self.close()
            raise

    def __str__(self) -> str:
        """Where it is; the password is hidden."""
        return self._url.render_as_string(hide_password=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the database throughout."""
        with self._translated(), _nothing() if not self._in_memory else self._turn, self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection whose writes all happen, or none of them."""
        with self._translated(), self._turn if self._is_sqlite else _nothing(), self._writer().begin() as connection:
            yield connection

    @contextmanager
    def turn(self, *, longest: timedelta, waiting: Callable[[str], None], shard: Shard | None = None) -> Iterator[None]:
        """Of all processes on this database one is within at a time; the others wait, at most so long, and `waiting` is told for whom.

        On a server the shards of one run are within together, each of them once. Raises NotOurTurnError.
        """
        # Loads asyncio, which only a run over a fleet has the time for.
        from bot.clients.turn import turn_by_file, turn_by_server  # noqa: PLC0415

        if self._in_memory:
            yield
        elif self._is_sqlite:
            file = Path(str(self._url.database)).expanduser()
            with turn_by_file(file.with_name(f"{file.name}.turn"), longest=longest, waiting=waiting):
                yield
        else:
            with turn_by_server(self._engine, longest=longest, waiting=waiting, shard=shard):
                yield

    def copy_to(self, file: Path) -> None:
        """A copy of a database in a file, as it is now, in the place of what was there; on a server: nothing, for it is there for all."""
        if self._is_sqlite:
            with self._translated(), closing(self._engine.raw_connection()) as connection:
                file.unlink(missing_ok=True)
                with closing(sqlite3.connect(file)) as copy:
                    source: Any = connection.driver_connection
                    source.backup(copy)

    def alone(self, connection: Connection, lock: int) -> None:
        """Until this transaction ends, no other one goes on that asks for the same lock; SQLite has one writer at a time anyway."""
        if not self._is_sqlite:
            connection.execute(_LOCK, {"lock": lock})

    def insert_new(self, connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert the rows; one whose key is there already is left as it is."""
        if rows:
            insert = sqlite.insert if self._is_sqlite else postgresql.insert
            connection.execute(insert(table).on_conflict_do_nothing(), rows)

    def close_to_others(self, connection: Connection, tables: Iterable[Table]) -> None:
        """Until this transaction ends, nobody else writes to these tables; they are closed in this order. SQLite has one writer anyway."""
        if not self._is_sqlite:
            names = ", ".join(connection.dialect.identifier_preparer.format_table(table) for table in tables)
            connection.execute(text(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE"))

    def revision(self) -> str | None:
        """The last migration that its tables were made by; None: there are none yet."""
        with self.reading() as connection:
            return self._revision(connection)

    def size_bytes(self) -> int:
        """What it takes, of a file without its write-ahead log."""
        sqlite_size = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        with self.reading() as connection:
            return int(connection.execute(text(sqlite_size if self._is_sqlite else _SIZE)).scalar_one())

    def give_back_room(self, *, deleted: int) -> None:
        """Make a file as small as what is in it after so many rows were deleted; a server does so by itself.

        Rows leave holes that only rows beside them would fill. Where none was deleted, the file is written anew if much of it is free. The
        rest of the disk must have room for a second one. Who is killed meanwhile leaves the old one.
        """
        if not self._is_sqlite:
            return
        with self._translated(), self._turn, closing(self._engine.raw_connection()) as connection:
            raw: Any = connection.driver_connection
            pages, free = (raw.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count"))
            try:
                if deleted or free >= pages * _FREE_SHARE:
                    raw.execute("VACUUM")
                # Else the file stays as large as it was until somebody else does it.
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            except sqlite3.Error as error:
                raise DatabaseError(f"{self}: what was deleted is deleted, but its room was not given back: {error}") from error

    def close(self) -> None:
        self._engine.dispose()

    def _writer(self) -> Engine:
        return self._engine.execution_options(is_writer=True)

    def _make_engine(self) -> Engine:
        if not self._is_sqlite:
            return create_engine(self._url, pool_pre_ping=True, max_overflow=-1)
        if not self._in_memory:
            file = Path(str(self._url.database)).expanduser()
            if not file.parent.exists():
                private_folder(file.parent)
            private_file(file)
        engine = create_engine(
            self._url,
            connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False},
            # As many connections as there are threads: none waits for another's to come back.
            **({"poolclass": StaticPool} if self._in_memory else {"max_overflow": -1}),
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def _migrate(self, scripts: str) -> None:
        newest = newest_revision(scripts)
        with self.reading() as connection:
            found = self._revision(connection)
            if found == newest:
                return
            if found is None and self._is_sqlite and inspect(connection).get_table_names():
                raise DatabaseError(f"{self}: it is a database, but no ledger; name the file of a ledger")
        # Takes a quarter of a second to load, and is needed once for each new release of the bot.
        from alembic import command  # noqa: PLC0415
        from alembic.config import Config  # noqa: PLC0415
        from alembic.util.exc import CommandError  # noqa: PLC0415

        config = Config()
        config.set_main_option("script_location", scripts)
        with self.writing() as connection:
            self.alone(connection, _MIGRATION_LOCK)
            # Whoever waited for another process' migration finds it done and has nothing to do.
            config.attributes["connection"] = connection
            try:
                command.upgrade(config, "head")
            except CommandError as error:
                remedy = "run that version again, or name another ledger"
                raise DatabaseError(
                    f"{self}: it was written by a newer version of this program ({found} after {newest}); {remedy}"
                ) from error
        log.info("ledger.migrated", revision=newest)

    @staticmethod
    def _revision(connection: Connection) -> str | None:
        """What the tables were made by, in Alembic's own table; None: there are none yet."""
        if not inspect(connection).has_table(_VERSION_TABLE):
            return None
        version: str | None = connection.execute(select(column("version_num")).select_from(table(_VERSION_TABLE))).scalar_one_or_none()
        return version

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except ModuleNotFoundError as error:
            remedy = "install it with: pip install 'rebuild-bot[postgres]'"
            raise DatabaseError(f"{self}: the driver {error.name} is missing; {remedy}") from error
        except NoSuchModuleError as error:
            raise DatabaseError(f"{self}: no such kind of database; begin the URL with sqlite:/// or postgresql://") from error
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            cause = getattr(error, "orig", None) or error
            raise DatabaseError(f"{self}: {_what_and_remedy(cause)}") from error


def _what_and_remedy(error: BaseException) -> str:
    what = str(error).partition("\n")[0] or "it can't be used"
    # The code of a connection that was never opened is missing; the low byte is the kind (SQLite, "Result and Error Codes").
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_CORRUPT:
            return f"it is damaged ({what}); put a good one in its place, of a backup, or move it away, and the next run begins anew"
        case sqlite3.SQLITE_NOTADB:
            return "it is no SQLite database; name the file of a ledger"
        case sqlite3.SQLITE_FULL:
            return f"{what}; make room on the disk on which it lies"
        case _:
            return f"{what}; check that it is there and may be written"


def url_of(file: Path) -> str:
    """The URL of the database in a file, whatever characters are in its name."""
    return f"sqlite:///{quote(str(file))}"


def file_of(url: Secret | str) -> Path | None:
    """The file of the database at a URL; None: it is in memory, or on a server. Raises DatabaseError."""
    parsed = _parsed(url.reveal() if isinstance(url, Secret) else url)
    if parsed.get_backend_name() != "sqlite" or parsed.database in {None, "", ":memory:"}:
        return None
    return Path(str(parsed.database)).expanduser()


def newest_revision(scripts: str) -> str:
    """The last of the migrations in `package:folder`, by their file names: `0003_listings.py` is revision 0003."""
    package, _, folder = scripts.partition(":")
    names = (file.name for file in (resources.files(package) / folder / "versions").iterdir())
    return max(name.partition("_")[0] for name in names if name[:1].isdigit())


def in_parts(values: Sequence[_T]) -> Iterable[Sequence[_T]]:
    """The values in runs that one IN list may hold."""
    return (values[start : start + _MANY] for start in range(0, len(values), _MANY))


def _parsed(text_: str) -> URL:
    try:
        url = make_url(text_)
    except ArgumentError:
        # The text may hold a password, so it is not shown, nor is SQLAlchemy's error.
        raise DatabaseError("the ledger's URL can't be read; write it like sqlite:///path or postgresql://host/database") from None
    return url.set(drivername="postgresql+psycopg") if url.drivername in {"postgresql", "postgres"} else url


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own connection
    # The driver begins transactions late and by its own lights; here SQLAlchemy's `begin` event does it.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    is_writer = connection.get_execution_options().get("is_writer", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writer else "BEGIN")


@contextmanager
def _nothing() -> Iterator[None]:
    yield
