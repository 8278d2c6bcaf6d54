"""The database: opened by URL, migrated once, shared by threads and processes."""

import multiprocessing
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from multiprocessing.context import SpawnProcess
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, select, text

from bot.clients.database import Database, DatabaseError, url_of
from bot.clients.turn import NotOurTurnError
from bot.ledger.ledger import MIGRATIONS
from bot.ledger.tables import DEPENDENCIES, METADATA
from bot.model.exit_code import ExitCode
from bot.model.secret import Secret
from bot.model.shard import Shard
from tests.databases import fresh_postgres, postgres_server


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    with postgres_server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new' / 'ledger.sqlite3'}"
    return fresh_postgres(request.getfixturevalue("server"), "database_tests")


def test_the_migrations_make_the_tables_of_the_code(url: str) -> None:
    database = Database(url, migrations=MIGRATIONS)

    with database.reading() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), METADATA)

    database.close()
    assert differences == []


def test_opening_again_changes_nothing(url: str) -> None:
    first = Database(url, migrations=MIGRATIONS)
    with first.writing() as connection:
        first.insert_new(connection, DEPENDENCIES, [{"datasource": "oci", "name": "a"}])
    first.close()

    second = Database(url, migrations=MIGRATIONS)
    with second.reading() as connection:
        count = connection.execute(select(func.count()).select_from(DEPENDENCIES)).scalar_one()

    second.close()
    assert count == 1


def _open(url: str, barrier: object) -> None:
    barrier.wait()  # type: ignore[attr-defined]
    database = Database(url, migrations=MIGRATIONS)
    with database.writing() as connection:
        database.insert_new(connection, DEPENDENCIES, [{"datasource": "oci", "name": "a"}])
    database.close()


def test_processes_that_open_a_new_database_at_once_all_find_it_in_order(url: str) -> None:
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(3)
    processes = [context.Process(target=_open, args=(url, barrier)) for _ in range(3)]

    for process in processes:
        process.start()
    for process in processes:
        process.join(60)

    assert [process.exitcode for process in processes] == [0, 0, 0]


@pytest.mark.parametrize("memory", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_one_for_all_threads(memory: str) -> None:
    database = Database(memory, migrations=MIGRATIONS)

    def insert(number: int) -> None:
        with database.writing() as connection:
            database.insert_new(connection, DEPENDENCIES, [{"datasource": "oci", "name": str(number)}])

    threads = [threading.Thread(target=insert, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as connection:
        count = connection.execute(select(func.count()).select_from(DEPENDENCIES)).scalar_one()

    database.close()
    assert count == len(threads)


def test_a_failed_transaction_leaves_nothing_behind(url: str) -> None:
    database = Database(url, migrations=MIGRATIONS)

    def insert_and_fail() -> None:
        with database.writing() as connection:
            database.insert_new(connection, DEPENDENCIES, [{"datasource": "oci", "name": "a"}])
            connection.execute(text("INSERT INTO nowhere VALUES (1)"))

    with pytest.raises(DatabaseError):
        insert_and_fail()
    with database.reading() as connection:
        count = connection.execute(select(func.count()).select_from(DEPENDENCIES)).scalar_one()

    database.close()
    assert count == 0


def test_readers_do_not_wait_for_a_writer(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'ledger.sqlite3'}", migrations=MIGRATIONS)

    with database.writing() as writer:
        database.insert_new(writer, DEPENDENCIES, [{"datasource": "oci", "name": "a"}])
        with database.reading() as reader:
            count = reader.execute(select(func.count()).select_from(DEPENDENCIES)).scalar_one()

    database.close()
    assert count == 0


def test_the_file_is_in_wal_mode(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'ledger.sqlite3'}", migrations=MIGRATIONS)

    with database.reading() as connection:
        mode = connection.execute(text("PRAGMA journal_mode")).scalar_one()

    database.close()
    assert mode == "wal"


UNUSABLE = {
    "no URL": ("pa55word", "can't be read; write it like sqlite:///path"),
    "unknown kind": ("nosql://user:pa55word@host/x", "begin the URL with sqlite:/// or postgresql://"),
    "no server": ("postgresql://user:pa55word@127.0.0.1:1/x", "check that it is there and may be written"),
    "no folder": ("sqlite:////proc/nothing/ledger.sqlite3", "check that it is there and may be written"),
}


@pytest.mark.parametrize(("url_text", "remedy"), UNUSABLE.values(), ids=UNUSABLE.keys())
def test_what_can_not_be_opened_is_said_without_the_password(url_text: str, remedy: str) -> None:
    with pytest.raises(DatabaseError) as caught:
        Database(Secret(url_text), migrations=MIGRATIONS)

    assert remedy in str(caught.value)
    assert "pa55word" not in str(caught.value)


def _hold(url: str, held: Event, done: Event) -> None:
    database = Database(url, migrations=MIGRATIONS)
    with database.turn(longest=timedelta(), waiting=str):
        held.set()
        done.wait(60)
    database.close()


@pytest.fixture
def other_run(url: str) -> Iterator[tuple[SpawnProcess, Event]]:
    """A process that has the turn, and what ends it."""
    context = multiprocessing.get_context("spawn")
    held, done = context.Event(), context.Event()
    process = context.Process(target=_hold, args=(url, held, done))
    process.start()
    assert held.wait(60)
    yield process, done
    if process.is_alive():  # to wake one that was killed takes for ever
        done.set()
    process.join(60)


def test_of_two_runs_the_second_says_who_is_at_work(url: str, other_run: tuple[SpawnProcess, Event]) -> None:
    database, told = Database(url, migrations=MIGRATIONS), list[str]()

    with pytest.raises(NotOurTurnError) as caught, database.turn(longest=timedelta(), waiting=told.append):
        pytest.fail("two at once")

    database.close()
    assert f"process {other_run[0].pid} on " in str(caught.value)
    assert all(who in str(caught.value) for who in told)
    assert caught.value.exit_code is ExitCode.USAGE


def test_of_two_runs_the_second_waits_until_the_first_is_done(url: str, other_run: tuple[SpawnProcess, Event]) -> None:
    database, told = Database(url, migrations=MIGRATIONS), list[str]()

    def waiting(who: str) -> None:
        told.append(who)
        other_run[1].set()

    with database.turn(longest=timedelta(minutes=1), waiting=waiting):
        assert len(told) == 1
    database.close()


def test_a_run_that_was_killed_holds_nobody_up(url: str, other_run: tuple[SpawnProcess, Event]) -> None:
    database = Database(url, migrations=MIGRATIONS)
    other_run[0].kill()
    other_run[0].join(60)

    with database.turn(longest=timedelta(minutes=1), waiting=str):
        pass
    database.close()


def test_turns_come_one_after_another(url: str) -> None:
    database, unheard = Database(url, migrations=MIGRATIONS), list[str]()
    for _ in range(2):
        with database.turn(longest=timedelta(), waiting=unheard.append):
            pass
    database.close()
    assert unheard == []


def test_the_shards_of_a_run_are_at_work_together_on_a_server_each_of_them_once(server: str) -> None:
    url = fresh_postgres(server, "database_tests")
    databases = [Database(url, migrations=MIGRATIONS) for _ in range(4)]
    now = timedelta()
    first, second = Shard(number=1, of=2), Shard(number=2, of=2)

    with databases[0].turn(longest=now, waiting=str, shard=first):
        with databases[1].turn(longest=now, waiting=str, shard=second):
            pass
        with pytest.raises(NotOurTurnError), databases[2].turn(longest=now, waiting=str, shard=first):
            pytest.fail("one shard twice")
        with pytest.raises(NotOurTurnError), databases[3].turn(longest=now, waiting=str):
            pytest.fail("a whole run beside a shard")
    with (
        databases[3].turn(longest=now, waiting=str),
        pytest.raises(NotOurTurnError),
        databases[2].turn(longest=now, waiting=str, shard=first),
    ):
        pytest.fail("a shard beside a whole run")
    for database in databases:
        database.close()


def cut(file: Path) -> None:
    """As a copy that broke off is."""
    closing_ledger(file)
    file.write_bytes(file.read_bytes()[:5000])


def closing_ledger(file: Path) -> None:
    Database(url_of(file), migrations=MIGRATIONS).close()


def of_others(file: Path) -> None:
    with closing(sqlite3.connect(file)) as database:
        database.execute("CREATE TABLE bookmarks (name)")
        database.commit()


UNUSABLE: dict[str, tuple[Callable[[Path], object], str]] = {
    "cut short": (cut, "it is damaged (database disk image is malformed); put a good one in its place, of a backup"),
    "text": (lambda file: file.write_text("text, and no database, of more than a hundred bytes\n" * 100), "it is no SQLite database; name"),
    "a program's own": (of_others, "it is a database, but no ledger; name the file of a ledger"),
}


@pytest.mark.parametrize(("make", "said"), UNUSABLE.values(), ids=UNUSABLE)
def test_a_file_that_is_no_good_ledger_is_told_with_the_remedy_and_stays_as_it_is(
    make: Callable[[Path], object], said: str, tmp_path: Path
) -> None:
    file = tmp_path / "ledger.sqlite3"
    make(file)
    with pytest.raises(DatabaseError) as caught:
        Database(url_of(file), migrations=MIGRATIONS)

    assert said in str(caught.value)
    if make is of_others:
        with closing(sqlite3.connect(file)) as database:
            assert database.execute("SELECT name FROM sqlite_master").fetchall() == [("bookmarks",)]


@pytest.mark.parametrize("name", ["a?b.sqlite3", "a%41b.sqlite3", "a b#ü.sqlite3", "a+b&c=d:e@f.sqlite3"])
def test_a_file_of_any_name_is_opened_and_no_other_one(name: str, tmp_path: Path) -> None:
    database = Database(url_of(tmp_path / name), migrations=MIGRATIONS)
    database.close()

    assert {file.name.removesuffix("-wal").removesuffix("-shm") for file in tmp_path.iterdir()} == {name}


def test_a_copy_that_has_no_place_is_told(tmp_path: Path) -> None:
    database = Database(url_of(tmp_path / "ledger.sqlite3"), migrations=MIGRATIONS)
    with closing(database), pytest.raises(DatabaseError, match="unable to open database file"):
        database.copy_to(tmp_path / "none" / "copy.sqlite3")
