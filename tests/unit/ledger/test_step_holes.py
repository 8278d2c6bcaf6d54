"""What updates were last known to close, on SQLite and on PostgreSQL."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from bot.ledger.ledger import Ledger
from bot.ledger.step_holes import StepKey
from bot.ledger.tables import STEP_HOLES
from bot.model.exposure import Closes
from bot.model.severity import Severity

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ONE = StepKey("oci: docker.io/library/python", "3.12.1", "3.12.4")
OTHER = StepKey("oci: docker.io/library/python", "3.12.1", "3.12.5")
BAD = Closes(severity=Severity.CRITICAL, said="closes 1 hole (1 critical)", exploited_since=NOW - timedelta(days=9))
MILD = Closes(severity=Severity.LOW, said="closes 1 hole (1 low)")


def times(ledger: Ledger) -> list[datetime]:
    with ledger._database.reading() as connection:
        return [row.at for row in connection.execute(select(STEP_HOLES.c.at))]


def remembered(ledger: Ledger, *steps: StepKey) -> dict[StepKey, Closes]:
    return {step: replace(closes, bad_since={}) for step, closes in ledger.step_holes.of(steps).items()}


def test_what_is_known_is_remembered_for_each_step(ledger: Ledger) -> None:
    ledger.step_holes.record({ONE: BAD}, NOW)

    assert remembered(ledger, ONE, OTHER) == {ONE: BAD}


def test_a_later_word_takes_the_place_of_the_earlier(ledger: Ledger) -> None:
    ledger.step_holes.record({ONE: BAD, OTHER: BAD}, NOW)
    ledger.step_holes.record({ONE: MILD}, NOW + timedelta(days=1))

    assert remembered(ledger, ONE, OTHER) == {ONE: MILD, OTHER: BAD}


def test_what_did_not_change_is_not_written_again(ledger: Ledger) -> None:
    ledger.step_holes.record({ONE: BAD}, NOW)
    ledger.step_holes.record({ONE: BAD}, NOW + timedelta(days=1))
    ledger.step_holes.record({}, NOW + timedelta(days=2))

    assert times(ledger) == [NOW]


def test_a_severity_counts_from_when_it_was_known(ledger: Ledger) -> None:
    day = timedelta(days=1)
    high = Closes(severity=Severity.HIGH, said="closes 1 hole (1 high)")
    ledger.step_holes.record({ONE: high}, NOW, seen={ONE: NOW - 3 * day})
    ledger.step_holes.record({ONE: replace(high, severity=Severity.CRITICAL)}, NOW + 5 * day, seen={ONE: NOW - 3 * day})

    assert ledger.step_holes.of([ONE])[ONE].bad_since == {
        Severity.LOW: NOW - 3 * day,
        Severity.MEDIUM: NOW - 3 * day,
        Severity.HIGH: NOW - 3 * day,
        Severity.CRITICAL: NOW + 5 * day,
    }


def test_a_later_release_that_closes_more_is_no_earlier_than_it_was_there(ledger: Ledger) -> None:
    day = timedelta(days=1)
    ledger.step_holes.record({ONE: MILD}, NOW, seen={ONE: NOW})
    ledger.step_holes.record({OTHER: BAD}, NOW + 20 * day, seen={OTHER: NOW + 14 * day})

    bad_since = ledger.step_holes.of([OTHER])[OTHER].bad_since
    assert (bad_since[Severity.LOW], bad_since[Severity.CRITICAL]) == (NOW, NOW + 14 * day)
