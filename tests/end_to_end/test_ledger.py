"""The ledger's own commands, as a process."""

import json
from contextlib import closing
from datetime import UTC, datetime

from bot.ledger.ledger import Ledger
from bot.model.dependency import Dependency, Release
from bot.model.listing import Listing
from tests.end_to_end.conftest import rebuild_bot

PYTHON = Dependency(datasource="oci", name="docker.io/library/python")


def see(file, *values, day=1):
    with closing(Ledger.open(f"sqlite:///{file}")) as ledger:
        releases = tuple(Release(dependency=PYTHON, value=value) for value in values)
        ledger.sightings.record_listing(Listing(dependency=PYTHON, releases=releases), datetime(2026, 3, day, tzinfo=UTC))


def at(file):
    return {"REBUILD_BOT_LEDGER_URL": f"sqlite:///{file}"}


def test_others_are_merged_into_the_ledger_and_one_that_is_none_stops_no_other(tmp_path):
    into, other, page = tmp_path / "a.sqlite3", tmp_path / "b.sqlite3", tmp_path / "page.html"
    see(into, "3.11", day=2)
    see(other, "3.11", "3.12")
    page.write_text("<html>")

    first = rebuild_bot("ledger", "merge", str(page), str(other), "--ledger", str(into), "--format", "json", folder=tmp_path)
    again = rebuild_bot("ledger", "merge", str(other), "--ledger", str(into), "--format", "json", folder=tmp_path)
    shown = rebuild_bot("ledger", "show", "--format", "json", folder=tmp_path, environment=at(into))

    refused, merged = json.loads(first.stdout)
    assert (first.returncode, refused["added"], refused["problem"].partition(";")[0]) == (4, None, "it is no SQLite database")
    assert merged == {"file": str(other), "added": 1, "changed": 2, "problem": None}
    assert (again.returncode, json.loads(again.stdout)[0]["added"], json.loads(again.stdout)[0]["changed"]) == (0, 0, 0)
    seen = {row["subject"]: row for row in json.loads(shown.stdout)}["values and digests seen"]
    assert (shown.returncode, seen) == (0, {"subject": "values and digests seen", "rows": 2, "from": "2026-03-01", "to": "2026-03-02"})


def test_an_empty_ledger_is_nothing_to_show_and_a_missing_file_is_not_made(tmp_path):
    empty = rebuild_bot("ledger", "show", folder=tmp_path, environment=at(tmp_path / "empty.sqlite3"))
    missing = rebuild_bot("ledger", "show", "--ledger", str(tmp_path / "missing.sqlite3"), folder=tmp_path)

    assert (empty.returncode, missing.returncode) == (3, 2)
    assert "is no file" in missing.stderr
    assert not (tmp_path / "missing.sqlite3").exists()
