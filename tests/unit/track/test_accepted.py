"""What is accepted of exposures, by which entry, and until when."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.model.accepted import Accepted
from bot.model.exposure import Exposure, Step
from bot.model.fleet import App
from bot.track.accepted import with_accepted

NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
TODAY, YESTERDAY, LATER = date(2026, 11, 23), date(2026, 11, 22), date(2027, 1, 31)
ONE = Exposure(
    app=App(name="shop", repo="acme/shop"),
    dependency="oci: docker.io/library/python",
    old="3.12.4",
    new="3.12.5",
    steps={Step.DETECTED: NOW - timedelta(days=60)},
    waiting_for=Step.PROPOSED,
    due=NOW - timedelta(days=30),
)
HOLES = (frozenset({"CVE-2026-1", "GHSA-aaaa"}), frozenset({"CVE-2026-2"}))


def entry(*, until: date = LATER, **what: str) -> Accepted:
    return Accepted(reason="not reachable", by="@dana", until=until, **what)


def found(*entries: Accepted, one: Exposure = ONE, holes=HOLES) -> Exposure:
    (marked,) = with_accepted([one], entries, lambda _: holes, NOW)
    return marked


FIRST, SECOND = entry(hole="cve-2026-1", dependency="python"), entry(hole="CVE-2026-2", app="shop", until=TODAY)


@pytest.mark.parametrize(
    ("entries", "by"),
    [
        pytest.param([entry(app="shop")], 0, id="by app"),
        pytest.param([entry(app="sh*")], 0, id="by a pattern"),
        pytest.param([entry(dependency="docker.io/library/python")], 0, id="by its name in normal form"),
        pytest.param([entry(dependency="python")], 0, id="by its name as Docker takes it"),
        pytest.param([entry(app="shop", dependency="redis")], None, id="another dependency"),
        pytest.param([entry(app="jobs")], None, id="another app"),
        pytest.param([FIRST], None, id="one hole of two"),
        pytest.param([FIRST, SECOND], 1, id="each hole, until the first of them comes back"),
        pytest.param([entry(hole="GHSA-AAAA"), SECOND], 1, id="by another name of the hole"),
        pytest.param([entry(app="shop", until=YESTERDAY), entry(dependency="python", until=TODAY)], 1, id="the one that holds longest"),
    ],
)
def test_what_accepts_a_fix(entries, by):
    one = found(*entries)

    assert one.accepted == (None if by is None else entries[by])
    assert one.is_stale(NOW) is (by is None)


def test_no_hole_is_accepted_where_none_is_known():
    assert found(FIRST, SECOND, holes=()).accepted is None


@pytest.mark.parametrize(
    ("until", "is_stale"),
    [
        pytest.param(TODAY, False, id="through its last day"),
        pytest.param(YESTERDAY, True, id="and no longer"),
    ],
)
def test_it_comes_back_after_its_last_day(until, is_stale):
    one = found(entry(app="shop", until=until))

    assert one.is_stale(NOW) is is_stale
    assert one.accepted is not None, "whose word ran out is known"
    assert one.is_accepted(NOW) is not is_stale


def test_a_hole_that_ran_out_brings_the_fix_back():
    one = found(FIRST, entry(hole="CVE-2026-2", until=YESTERDAY))

    assert one.is_stale(NOW)
