"""The weekly issue's rows in plain words."""

from dataclasses import replace
from datetime import date

import pytest

from bot.model.accepted import Accepted
from bot.report.weekly_table import exposure_rows
from tests.hostile import TEXTS, filled
from tests.unit.report.sample import EXPOSURES, NOW


def test_a_row_reads_as_the_issue_does_without_its_markdown():
    worst, *_ = exposure_rows(EXPOSURES, NOW)

    assert worst == {
        "app": "checkout",
        "owner": "@acme/payments",
        "fix": "distroless/java21-debian12 nonroot rebuilt: aaaaaaa → bbbbbbb",
        "severity": "not known",
        "over_due": "47 days",
        "stuck": "PR 12 https://github.com/acme/checkout/pull/12 waits for review, open 60 days",
        "unblock": "review and merge it",
    }


def test_what_is_accepted_says_until_when():
    entry = Accepted(app="checkout", reason="a", by="b", until=date(2026, 12, 20))

    (row,) = exposure_rows([replace(EXPOSURES[1], accepted=entry)], NOW)

    assert row["over_due"] == "accepted until 2026-12-20"


@pytest.mark.parametrize("text", TEXTS)
def test_any_text_of_others_is_a_row(text):
    assert len(list(exposure_rows(filled(tuple(EXPOSURES), text), NOW))) == len(EXPOSURES)


def test_text_of_others_is_shown_as_it_is():
    (row,) = exposure_rows([replace(EXPOSURES[4], blocked_by="see <b>#1</b> @dana | `x`")], NOW)
    assert row["stuck"] == "see <b>#1</b> @dana | `x`"
