"""The weeks before, kept as comments and linked."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.report.weekly import MAX_CHARACTERS, Style, weekly_issue
from bot.report.weekly_weeks import earlier, kept, week
from tests.unit.report.sample import EXPOSURES, MOVED, NOW

WEEK = timedelta(days=7)


@pytest.mark.parametrize(
    ("now", "named"),
    [
        pytest.param(datetime(2026, 11, 23, tzinfo=UTC), "2026-W48", id="a Monday"),
        pytest.param(datetime(2027, 1, 3, tzinfo=UTC), "2026-W53", id="a week belongs to the year of its Thursday"),
        pytest.param(datetime(2027, 1, 4, tzinfo=UTC), "2027-W01", id="the first"),
    ],
)
def test_weeks_are_those_of_iso_8601(now, named):
    assert week(now) == named


def test_a_body_is_kept_in_short_once_its_week_is_over():
    body = weekly_issue(EXPOSURES, MOVED, now=NOW).body

    found = kept(body, NOW + WEEK)

    assert kept(body, NOW + timedelta(days=6)) is None, "its week is not over"
    assert found is not None
    assert found.body.startswith(f"{found.marker}\n**Week 2026-W48**, as it read last:\n")
    assert "- **3 apps are exposed and stale**" in found.body
    assert "- **Escalated**" in found.body
    assert "- `@acme/payments`: 2 apps, 4 fixes\n" in found.body
    assert "| " not in found.body
    assert len(found.body) < MAX_CHARACTERS


def test_what_is_kept_tells_nobody_again():
    body = weekly_issue(EXPOSURES, now=NOW, style=Style(mention_owners=True)).body

    found = kept(body, NOW + WEEK)

    assert found is not None
    assert "@\N{ZERO WIDTH NON-JOINER}acme/payments" in found.body
    assert "@acme" not in found.body.replace("`@acme", "")


def test_a_body_that_says_no_week_is_not_kept():
    assert kept("<!-- rebuild-bot:weekly-issue:v1 -->\n- **3 apps are stale**\n", NOW) is None


def test_the_weeks_before_are_linked_newest_first():
    comments = [
        (f"<!-- rebuild-bot:weekly-issue:week:2026-W{number:02} -->\n", f"https://github.com/x/{number}") for number in range(1, 16)
    ]

    said = earlier([*comments, ("<!-- rebuild-bot:weekly-issue:more:1 -->", "https://github.com/x/more"), ("Thanks!", "https://x/y")])

    assert said.startswith("\n**Weeks before:** [2026-W15](https://github.com/x/15), [2026-W14]")
    assert said.endswith("[2026-W04](https://github.com/x/4) and 3 before\n")
    assert earlier([]) == ""
