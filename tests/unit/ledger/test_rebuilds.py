"""Rebuilds that were asked for, on SQLite and on PostgreSQL."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.ledger.ledger import Ledger
from bot.ledger.tidy import tidy
from bot.model.keep import Keep
from bot.model.rebuild_order import RebuildEvent, RebuildKey, RebuildStep
from tests.ledgers import digest

NOW = datetime(2026, 8, 13, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAYS = timedelta(days=90)
KEEP = Keep(updates=DAYS, passed_over=DAYS, uses=DAYS, sights=DAYS, contents=DAYS)
KEY = RebuildKey(app="acme/shop", image="ghcr.io/acme/shop:1", base=digest(1))
ASKED = RebuildEvent(key=KEY, attempt=1, step=RebuildStep.ASKED, at=NOW, digest=digest(9))
STARTED = replace(ASKED, step=RebuildStep.STARTED, at=NOW + HOUR, build=30_433_642_123, url="https://github.example/1")


def test_each_step_of_a_try_is_recorded_once(ledger: Ledger) -> None:
    ledger.rebuilds.record([ASKED, STARTED])
    ledger.rebuilds.record([replace(ASKED, at=NOW + 9 * HOUR), replace(STARTED, build=1), replace(ASKED, attempt=2, at=NOW + 2 * HOUR)])
    ledger.rebuilds.record([replace(ASKED, key=replace(KEY, base=digest(2)), at=NOW + 3 * HOUR)])

    found = ledger.rebuilds.of(["acme/shop", "acme/none"])

    assert list(found) == [("acme/shop", "ghcr.io/acme/shop:1")]
    events = found["acme/shop", "ghcr.io/acme/shop:1"]
    assert events[:2] == [ASKED, STARTED]
    assert [(each.key.base, each.attempt) for each in events[2:]] == [(digest(1), 2), (digest(2), 1)]


def test_what_limits_and_doubts_are_judged_by(ledger: Ledger) -> None:
    ledger.rebuilds.record([ASKED, STARTED, replace(ASKED, attempt=2, at=NOW + 2 * HOUR)])

    assert [ledger.rebuilds.asked_since(NOW + hours * HOUR) for hours in (0, 1, 3)] == [2, 1, 0]
    assert ledger.rebuilds.builds_since(NOW) == {30_433_642_123}
    assert ledger.rebuilds.builds_since(NOW + 2 * HOUR) == frozenset()


def test_old_ones_go(ledger: Ledger) -> None:
    ledger.rebuilds.record([ASKED, replace(ASKED, attempt=2, at=NOW + timedelta(days=100))])

    tidy(ledger, KEEP, NOW + timedelta(days=101))

    assert [event.attempt for event in ledger.rebuilds.of(["acme/shop"])["acme/shop", KEY.image]] == [2]


def test_hostile_words_of_images_are_kept_as_far_as_a_database_takes_them(ledger: Ledger) -> None:
    ledger.rebuilds.record([replace(ASKED, said="RUN \0 x" + "y" * 9_000)])

    [event] = ledger.rebuilds.of(["acme/shop"])["acme/shop", KEY.image]
    assert event.said.startswith("RUN \N{REPLACEMENT CHARACTER} x")
    assert len(event.said) == 1_000


def test_keys_are_short_and_differ() -> None:
    others = [KEY, replace(KEY, app="acme/web"), replace(KEY, image="x"), replace(KEY, base=digest(2))]

    assert len({key.text for key in others}) == len(others)
    assert len(KEY.text) == 16
