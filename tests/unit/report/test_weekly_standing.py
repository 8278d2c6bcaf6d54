"""Apps on bases that are to be left, in the weekly issue and on the dashboard; silence where no catalogue says what is."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.model.catalogue import Judged, Standing
from bot.model.fleet_bases import BaseKey, FleetBases, Pick, UsedBase
from bot.model.rules import ApprovedBase
from bot.report.board import Board
from bot.report.site.site import site_files
from bot.report.weekly import weekly_issue
from bot.report.weekly_standing import of_owner

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ENTRY = ApprovedBase(dependency="*", status="deprecated", successor="reg.example/b/{name}:{major}.{minor}", reason="<!-- @all")
LEFT = UsedBase(
    key=BaseKey(image="docker.io/library/python", tag="3.12-slim"),
    digests=frozenset(),
    in_git=("acme/shop", "acme/mail"),
    in_images=0,
    judged=Judged(standing=Standing.DEPRECATED, entry=ENTRY, why=ENTRY.reason),
    why_unknown="never opened",
)
OURS = replace(LEFT, key=BaseKey(image="reg.example/b/python", tag="3.12"), in_git=("acme/web",), judged=Judged(standing=Standing.APPROVED))
FLEET = FleetBases(
    bases=(LEFT, OURS),
    picks=(Pick(base=OURS, as_it_is=1, swaps=(), covered=1),),
    names={"acme/shop": "shop"},
    lags=(),
    owners={"acme/shop": ("@acme/web",)},
    has_catalogue=True,
    recorded=NOW,
)


def test_the_weekly_issue_names_them_by_owner():
    text = weekly_issue([], now=NOW, stands_on=FLEET)

    assert "On bases that are to be left: 2 apps; 1 base would cover 1 of 3 apps" in text.body
    assert "| `@acme/web` | shop | python:3.12-slim | deprecated |  | reg.example/b/python:3.12 |" in text.body
    assert "| nobody | acme/mail |" in text.body
    assert "<!-- @all" not in text.body
    assert not text.is_open


@pytest.mark.parametrize(
    "fleet",
    [None, replace(FLEET, bases=(OURS,)), replace(FLEET, bases=(replace(LEFT, judged=Judged(standing=Standing.NOT_KNOWN)),))],
    ids=["not asked", "all approved", "not known"],
)
def test_it_is_silent_where_nothing_is_to_be_left(fleet):
    assert "to be left" not in weekly_issue([], now=NOW, stands_on=fleet).body


def test_an_owner_hears_of_their_own_apps():
    mine = of_owner(FLEET, lambda name: name == "@acme/web")

    assert [base.apps for base in mine.bases] == [("acme/shop",), ()]
    assert "acme/mail" not in weekly_issue([], now=NOW, stands_on=mine).body


def test_the_dashboard_has_a_page_of_it():
    pages = dict(site_files(Board(now=NOW, fleet_bases=FLEET)))
    page = pages["catalogue.html"].decode()

    assert "Apps on bases that are to be left" in page
    assert "<!-- @all" not in page
    assert b"No base in use is known" in dict(site_files(Board(now=NOW)))["catalogue.html"]
