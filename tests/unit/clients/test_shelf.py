import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.clients.shelf import Shelf

KIND, NAME = "pull requests", "acme/shop"
VALUE = [{"body": "ä😀" * 3, "number": 1}, None]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cache" / "repos.sqlite3"


def spoil(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as file, file:
        file.execute(statement)


def test_what_was_put_there_is_found_under_its_mark_alone(path):
    with closing(Shelf(path)) as shelf:
        shelf.put(KIND, NAME, "before", mark="0")
        shelf.put(KIND, NAME, VALUE, mark="1")

    with closing(Shelf(path)) as shelf:
        found = [shelf.get(KIND, NAME, mark="1"), shelf.get(KIND, NAME, mark="0"), shelf.get("other", NAME, mark="1")]
    assert found == [VALUE, None, None]
    assert path.stat().st_mode & 0o077 == 0, "it may tell of private repos"


def test_what_is_forgotten_is_gone_for_others_at_once(path):
    """As it must be for one who is killed right after."""
    shelf, other = Shelf(path), Shelf(path)
    shelf.put(KIND, NAME, VALUE, mark="1")
    before = other.get(KIND, NAME, mark="1")
    shelf.forget(KIND, NAME)

    assert (before, other.get(KIND, NAME, mark="1")) == (VALUE, None)


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("UPDATE entry SET data = x'00'", id="too short"),
        pytest.param("UPDATE entry SET data = zeroblob(500)", id="nothing that was packed"),
        pytest.param("UPDATE entry SET data = substr(data, 1, length(data) - 9)", id="cut"),
        pytest.param("UPDATE entry SET mark = '2'", id="of another mark"),
        pytest.param("UPDATE entry SET name = 'acme/other'", id="of another repo"),
        pytest.param("UPDATE entry SET data = 'text'", id="of another type"),
        pytest.param("UPDATE entry SET data = NULL", id="nothing"),
    ],
)
def test_an_entry_that_is_damaged_is_none(path, statement):
    with closing(Shelf(path)) as shelf:
        shelf.put(KIND, NAME, VALUE, mark="1")
    spoil(path, statement)

    with closing(Shelf(path)) as shelf:
        assert [shelf.get(KIND, name, mark=mark) for name in (NAME, "acme/other") for mark in "12"] == [None] * 4


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda path: path.write_bytes(b"no database " * 500), id="no database"),
        pytest.param(lambda path: path.write_bytes(b""), id="empty"),
        pytest.param(lambda path: spoil(path, "CREATE TABLE entry (other TEXT)"), id="of something else"),
        pytest.param(lambda path: spoil(path, "PRAGMA user_version = 9"), id="of a newer form"),
    ],
)
def test_a_file_that_is_no_shelf_begins_anew(path, make):
    path.parent.mkdir()
    make(path)

    with closing(Shelf(path)) as shelf:
        shelf.put(KIND, NAME, VALUE, mark="1")
        assert shelf.get(KIND, NAME, mark="1") == VALUE


def test_a_place_that_can_not_be_written_costs_nothing_but_time(tmp_path):
    (tmp_path / "file").write_text("")

    with closing(Shelf(tmp_path / "file" / "repos.sqlite3")) as shelf:
        shelf.put(KIND, NAME, VALUE, mark="1")
        shelf.forget(KIND, NAME)
        assert shelf.get(KIND, NAME, mark="1") is None


def test_a_file_that_fails_in_use_is_given_up_and_not_found_by_the_next(path):
    with closing(Shelf(path)) as shelf:
        shelf.put(KIND, NAME, VALUE, mark="1")
        spoil(path, "DROP TABLE entry")
        shelf.forget(KIND, NAME)
        assert shelf.get(KIND, NAME, mark="1") is None

    with closing(Shelf(path)) as shelf:
        assert shelf.get(KIND, NAME, mark="1") is None


def test_a_file_that_grew_too_large_is_begun_anew(tmp_path):
    for value in range(3):
        with closing(Shelf(tmp_path / "shelf.db", max_file_bytes=1000)) as shelf:
            assert shelf.get("kind", "name", mark="") is None
            shelf.put("kind", "name", value, mark="")
