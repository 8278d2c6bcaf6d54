"""What publishers closed, and how long that took, on SQLite and on PostgreSQL."""

from datetime import UTC, datetime, timedelta

from bot.ledger.ledger import Ledger
from bot.model.base_state import BaseFix, Lag

DAY = timedelta(days=1)
KNOWN = datetime(2026, 6, 1, tzinfo=UTC)
PYTHON, REDIS = "oci: docker.io/library/python", "oci: docker.io/library/redis"


def fix(hole: str, days: float) -> BaseFix:
    return BaseFix(hole=hole, fix_known_since=KNOWN, built_at=KNOWN + days * DAY)


def test_fixes_are_remembered_by_dependency_and_hole(ledger: Ledger) -> None:
    ledger.base_fixes.record(PYTHON, [fix("CVE-1", 3), fix("CVE-2", 4)])
    ledger.base_fixes.record(REDIS, [fix("CVE-1", 9)])

    found = ledger.base_fixes.of([PYTHON, REDIS, "oci: none"])

    assert found[PYTHON] == (fix("CVE-1", 3), fix("CVE-2", 4))
    assert found[REDIS] == (fix("CVE-1", 9),)
    assert found["oci: none"] == ()


def test_the_first_image_with_the_fix_counts(ledger: Ledger) -> None:
    ledger.base_fixes.record(PYTHON, [fix("CVE-1", 5), fix("CVE-1", 4)])
    ledger.base_fixes.record(PYTHON, [fix("CVE-1", 9)])
    assert ledger.base_fixes.of([PYTHON])[PYTHON] == (fix("CVE-1", 4),)

    ledger.base_fixes.record(PYTHON, [fix("CVE-1", 2)])
    assert ledger.base_fixes.of([PYTHON])[PYTHON] == (fix("CVE-1", 2),)


def test_the_lag_of_a_publisher() -> None:
    lag = Lag.of([fix("CVE-1", 2), fix("CVE-2", 10), fix("CVE-3", 3)])

    assert lag is not None
    assert (lag.fixes, lag.median, lag.longest) == (3, 3 * DAY, 10 * DAY)
    assert str(lag) == "median 3 days, longest 10 days, of 3 fixes"
    assert str(Lag.of([fix("CVE-1", 1)])) == "median 1 day, longest 1 day, of 1 fix"


def test_an_image_built_before_the_announcement_has_no_lag() -> None:
    assert fix("CVE-1", -2).lag == timedelta()


def test_nothing_seen_is_no_lag_of_zero() -> None:
    assert Lag.of([]) is None
