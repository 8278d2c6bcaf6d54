"""What shards leave in folders, and what is taken of it."""

import shutil
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.clients.database import url_of
from bot.model.failure import ToldError
from bot.model.shard import Plan, Shard
from bot.settings import load
from bot.wiring.handed_on import HandedOnError, ShardResult
from bot.wiring.shards import RESULT, leave, merge, prepare
from tests.unit.report.sample import NOW
from tests.unit.report.test_summary import RUN

PLAN = Plan(id="abc", shards=(("acme/a",), ("acme/b",)))


@pytest.fixture
def settings(tmp_path):
    return load(None, {"REBUILD_BOT_LEDGER_URL": url_of(tmp_path / "own" / "ledger.sqlite3")})


def result_of(number, **changed):
    summary = replace(RUN, apps=(), sent=(), exposures=(), failures=(), **changed)
    return ShardResult(plan=PLAN.id, shard=Shard(number=number, of=2), is_dry_run=False, summary=summary)


def left(folder, result, settings):
    prepare(folder, settings)
    assert leave(folder, result, settings) == ()
    return folder


def failures(summary):
    return [str(failure) for failure in summary.failures]


def test_a_shard_that_is_killed_leaves_no_result_of_an_earlier_run(tmp_path, settings):
    first, second = (left(tmp_path / name, result_of(number), settings) for number, name in enumerate(("left-1", "left-2"), 1))
    prepare(second, settings)

    assert "shard 2/2: it left no result" in " ".join(failures(merge(settings, PLAN, [first, second], now=lambda: NOW)))


def test_of_two_results_of_one_shard_the_later_one_is_told_of(tmp_path, settings):
    first, second = (left(tmp_path / name, result_of(number), settings) for number, name in enumerate(("left-1", "left-2"), 1))
    shutil.copytree(second, tmp_path / "same")
    later = left(tmp_path / "later", result_of(2, repos=7, started_at=RUN.started_at + timedelta(hours=1)), settings)

    copied = merge(settings, PLAN, [first, second, tmp_path / "same"], now=lambda: NOW)
    for order in ([first, second, later], [first, later, second]):
        summary = merge(settings, PLAN, order, now=lambda: NOW)
        assert summary.repos == RUN.repos + 7
        assert [failure for failure in failures(summary) if "shard 2/2 left another result as well" in failure]
    assert failures(copied) == []


def test_the_ledger_itself_is_never_replaced_by_its_copy(tmp_path, settings):
    with pytest.raises(HandedOnError, match="Name another folder with --result"):
        prepare(tmp_path / "own", settings)


def test_a_place_that_cannot_be_written_is_told_before_and_after(tmp_path, settings):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        prepare(tmp_path / "file", settings)
    told = leave(tmp_path / "none", result_of(1), settings)

    assert [failure.where for failure in told] == [str(tmp_path / "none")]
    assert not (tmp_path / "none" / RESULT).exists()
    assert not isinstance(told[0], ToldError)
