import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.ledger.ledger import Ledger
from tests.databases import fresh_postgres, postgres_server
from tests.ledgers import opened

NEW = "ledger_new"


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger without anything, in a file: to make its tables takes most of the time of a test."""
    file = tmp_path_factory.mktemp("empty") / "ledger.sqlite3"
    with opened(file):
        pass
    return file


@pytest.fixture(scope="session")
def empty_database(server: str) -> str:
    """The name of a database of a ledger without anything, which others are made like."""
    Ledger.open(fresh_postgres(server, NEW)).close()
    return NEW


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    if request.param == "sqlite":
        url = f"sqlite:///{shutil.copy(request.getfixturevalue('empty'), tmp_path / 'ledger.sqlite3')}"
    else:
        like = request.getfixturevalue("empty_database")
        url = fresh_postgres(request.getfixturevalue("server"), "ledger_tests", like=like)
    ledger = Ledger.open(url)
    yield ledger
    ledger.close()
