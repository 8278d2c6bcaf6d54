"""The ledger's own commands, as a process."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from bot.clients.database import Database, DatabaseError
from bot.ledger.ledger import Ledger
from bot.ledger.uses import RepoLook
from bot.model.dependency import Dependency, Release
from bot.model.exposure import Step
from bot.model.listing import Listing
from bot.model.use import ImageUse, KnownFrom, Place
from bot.sandbox.github.sandbox import BOT_TOKEN
from bot.settings import load
from bot.wiring import fleet as fleet_wiring
from tests.end_to_end.conftest import REPOS, rebuild_bot, run

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


def in_use_until(file, day):
    place = Place(app="acme/shop", repo="acme/shop", stage="production", role="image", file="values.yaml", image=PYTHON.name)
    use = ImageUse(place=place, tag="3.11", digest="", line=1, known_from=KnownFrom.TAGGED)
    with closing(Ledger.open(f"sqlite:///{file}")) as ledger:
        ledger.uses.record([RepoLook(repo="acme/shop", uses=[use])], datetime(2020, 1, 1, tzinfo=UTC))
        ledger.uses.record([RepoLook(repo="acme/shop", uses=[])], datetime(2020, 1, day, tzinfo=UTC))


def test_what_is_kept_no_longer_is_counted_then_deleted_and_a_second_time_finds_nothing(tmp_path):
    file = tmp_path / "a.sqlite3"
    see(file, "3.11")
    in_use_until(file, 2)

    def tidy(*options):
        done = rebuild_bot("ledger", "tidy", "--ledger", str(file), "--format", "json", *options, folder=tmp_path)
        rows = {row["table"]: (row["deleted"], row["left"]) for row in json.loads(done.stdout)}
        return done.returncode, rows["image_uses"], rows["sightings"], done.stderr

    rehearsed, done, again = tidy("--dry-run"), tidy(), tidy()

    assert rehearsed[:3] == (0, (1, 0), (0, 1))
    assert "2 rows would be deleted; 0.2 MB now" in rehearsed[3]
    assert done[:3] == (0, (1, 0), (0, 1))
    assert "2 rows deleted; 0.2 MB before, 0.2 MB now" in done[3]
    assert again[:3] == (0, (0, 0), (0, 1))


def newer(file):
    see(file, "3.11")
    with closing(sqlite3.connect(file)) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()


def foreign(file):
    with closing(sqlite3.connect(file)) as database:
        database.execute("CREATE TABLE mine (x)")
        database.commit()


def damaged(file):
    see(file, "3.11")
    data = bytearray(file.read_bytes())
    data[4096 * 3 :] = bytes(len(data) - 4096 * 3)
    file.write_bytes(data)


def page(file):
    file.write_text("<html>")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        pytest.param(newer, "it was written by a newer version of this program", id="newer"),
        pytest.param(foreign, "it is a database, but no ledger", id="of another program"),
        pytest.param(damaged, "nothing of it was deleted", id="damaged"),
        pytest.param(page, "it is no SQLite database", id="no database"),
    ],
)
def test_what_is_no_good_ledger_is_told_and_left_as_it_is(tmp_path, make, says):
    file = tmp_path / "a.sqlite3"
    make(file)
    before = file.read_bytes()

    refused = rebuild_bot("ledger", "tidy", "--ledger", str(file), folder=tmp_path)

    assert (refused.returncode, says in " ".join(refused.stderr.split())) == (4, True), refused.stderr
    assert file.read_bytes() == before


def test_a_ledger_that_is_not_there_is_not_made(tmp_path):
    missing = rebuild_bot("ledger", "tidy", folder=tmp_path, environment=at(tmp_path / "missing.sqlite3"))

    assert (missing.returncode, "there is no ledger yet" in missing.stderr) == (3, True)
    assert not list(tmp_path.glob("missing*"))


def proposed(acme):
    """When each update was proposed, as the ledger has it."""
    with closing(Ledger.open(f"sqlite:///{acme.folder}/ledger.sqlite3")) as ledger:
        return {key: past.steps[Step.PROPOSED] for key, past in ledger.events.histories(REPOS).items()}


def test_a_lost_ledger_is_told_and_what_github_knows_is_read_again(fleet):
    first = fleet.run("run")
    before = proposed(fleet)
    for file in fleet.folder.glob("ledger.sqlite3*"):
        file.unlink()
    fleet.github.clock.advance(timedelta(days=3))

    writes = fleet.writes
    again, third = fleet.run("run", "--format", "json"), fleet.run("run")

    assert (first.returncode, again.returncode, fleet.writes) == (0, 0, writes), again.stderr
    assert "lost: the ledger: it knew of no run, and yet there was" in " ".join(again.stderr.split())
    assert [one["what"] for one in json.loads(again.stdout)["not_done"] if one["why"] == "lost"] == ["the ledger"]
    assert "lost: the ledger" not in first.stderr + third.stderr
    assert proposed(fleet) == before
    assert before


def test_a_run_over_the_whole_fleet_tidies_once_a_week_and_one_over_a_part_never(fleet):
    file = fleet.folder / "ledger.sqlite3"
    in_use_until(file, 2)

    def uses_of_old():
        with closing(Ledger.open(f"sqlite:///{file}")) as ledger:
            uses = ledger.uses.until(datetime(2100, 1, 1, tzinfo=UTC))
            return len([one for one in uses if one.ended_at == datetime(2020, 1, 2, tzinfo=UTC)])

    settings = load(fleet.config, {"REBUILD_BOT_GITHUB_TOKEN": BOT_TOKEN})
    fleet_wiring.run(settings, only=[REPOS[0]], now=fleet.github.clock)
    fleet_wiring.run(settings, mode=fleet_wiring.Mode.DRY_RUN, now=fleet.github.clock)
    assert uses_of_old() == 1
    fleet_wiring.run(settings, now=fleet.github.clock)
    assert uses_of_old() == 0
    in_use_until(file, 2)
    fleet.github.clock.advance(timedelta(days=6))
    fleet_wiring.run(settings, now=fleet.github.clock)
    assert uses_of_old() == 1
    fleet.github.clock.advance(timedelta(days=1))
    fleet_wiring.run(settings, now=fleet.github.clock)
    assert uses_of_old() == 0


def test_a_tidying_that_fails_is_a_failure_and_the_run_is_done(fleet, monkeypatch):
    def full(_, *, deleted):  # noqa: ARG001 - what it takes the place of
        raise DatabaseError("ledger: database or disk is full")

    monkeypatch.setattr(Database, "give_back_room", full)

    summary = run(fleet)

    assert [(one.where, one.what) for one in summary.failures] == [("tidying the ledger", "ledger: database or disk is full.")]
    assert len(summary.sent) == len(run(fleet).sent) > 0


def test_a_look_at_a_ledger_that_is_not_there_makes_none(tmp_path):
    shown = rebuild_bot("ledger", "show", "--format", "json", folder=tmp_path)

    assert (shown.returncode, json.loads(shown.stdout)) == (3, [])
    assert "there is no ledger yet; a run begins one" in shown.stderr
    assert not list(tmp_path.rglob("*.sqlite3"))
