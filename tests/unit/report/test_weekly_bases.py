"""The images in use that the weekly issue tells of."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.model.assessment import Assessment, Dismissed, Hole, NotChecked, VexStatement, VexStatus
from bot.model.base_state import BaseState, Lag
from bot.model.contents import NotRead, OperatingSystem, Package
from bot.model.mover import Move, Mover
from bot.model.severity import Severity
from bot.report.contents.holes import hole_row
from bot.report.export import exposures_json
from bot.report.weekly import weekly_issue
from tests.unit.report.sample import DAY, NOW

TODAY = NOW.date()
OPENSSL = Package(type="deb", name="libssl3", version="3.0.11")
HOLE = Hole(id="CVE-2026-1001", severity=Severity.CRITICAL, package=OPENSSL, fixed_in="3.0.14", source="OSV")
WAITS = Move(hole=HOLE, mover=Mover.WAITS_FOR_PUBLISHER, reason="the newest base does not have it", since=NOW - 12 * DAY)
PYTHON = BaseState(dependency="oci: docker.io/library/python", value="3.12-slim@1a2b3c4d5e6f", apps=("shop", "search"))


def debian(days: int) -> OperatingSystem:
    return OperatingSystem(id="debian", version="12", name="Debian GNU/Linux 12 (bookworm)", end_of_life=TODAY + timedelta(days=days))


def row(body: str) -> str:
    return next((line for line in body.splitlines() if line.startswith("| python")), "")


@pytest.mark.parametrize(
    ("state", "told", "is_open"),
    [
        pytest.param(replace(PYTHON, system=debian(-1)), "**ended 1 day ago**", True, id="past its end"),
        pytest.param(replace(PYTHON, system=debian(0)), f"ends {TODAY}", False, id="its last day"),
        pytest.param(replace(PYTHON, system=debian(90)), "ends ", False, id="near its end"),
        pytest.param(replace(PYTHON, system=debian(91)), "", False, id="far from its end"),
        pytest.param(replace(PYTHON, system=replace(debian(1), end_of_life=None)), "", False, id="nobody knows its end"),
        pytest.param(replace(PYTHON, moves=(WAITS,)), "1 hole (1 critical), the longest for 12 days", False, id="a fix to take up"),
        pytest.param(replace(PYTHON, moves=(replace(WAITS, since=None),)), "1 hole (1 critical) |", False, id="since when is not known"),
        pytest.param(replace(PYTHON, moves=(replace(WAITS, mover=Mover.WAITS_FOR_DISTRIBUTION),)), "", False, id="nobody has a fix"),
    ],
)
def test_an_image_is_told_of_where_there_is_something_to_know(state, told, is_open):
    text = weekly_issue([], bases=[state], now=NOW)

    assert told in row(text.body) if told else row(text.body) == ""
    assert text.is_open is is_open


def test_a_row_says_which_apps_and_how_its_publisher_is_doing():
    lag = Lag(fixes=14, median=6 * DAY, longest=21 * DAY)

    body = weekly_issue([], bases=[replace(PYTHON, system=debian(-141), moves=(WAITS,), lag=lag)], now=NOW).body

    assert row(body) == (
        f"| python `3.12-slim` | shop, search | Debian GNU/Linux 12 (bookworm)<br>**ended 141 days ago**, {TODAY - timedelta(days=141)} "
        "| 1 hole (1 critical), the longest for 12 days | median 6 days, longest 21 days, of 14 fixes |"
    )
    assert "1 image in use past the end of its operating system." in body


def test_images_that_were_not_opened_are_said():
    states = [replace(PYTHON, value=f"3.{number}", problem="the registry said 502") for number in range(7)]

    body = weekly_issue([], bases=states, now=NOW).body

    assert "**7 images in use could not be looked into, or not wholly**; not all of their holes are known:" in body
    assert "- python `3.0`, python `3.1`, python `3.2`, python `3.3`, python `3.4` and 2 more: the registry said 502\n" in body


def test_an_image_that_could_not_be_checked_has_no_all_clear():
    gap = NotChecked(packages=(OPENSSL,), what="1 deb package", reason="OSV answered 502", is_failure=True)
    state = replace(PYTHON, system=debian(-1), assessment=Assessment(not_checked=(gap,)))

    body = weekly_issue([], bases=[state], now=NOW).body

    assert "| not known |" in row(body)
    assert "1 deb package: OSV answered 502" in body


def test_what_ends_first_comes_first():
    states = [replace(PYTHON, value="3.11", system=debian(20)), replace(PYTHON, value="3.10", system=debian(-5))]

    body = weekly_issue([], bases=states, now=NOW).body

    assert body.index("`3.10`") < body.index("`3.11`")


def test_the_export_has_every_image_with_its_holes_as_inspect_has_them():
    away = replace(WAITS.hole, id="CVE-2026-1002", aliases=("DSA-1-1",))
    word = VexStatement(names=frozenset({away.id}), products=(), status=VexStatus.NOT_AFFECTED, author="Acme", where="vex.json")
    assessment = Assessment(
        holes=(WAITS.hole,),
        dismissed=(Dismissed(hole=away, statement=word),),
        checked=(WAITS.hole.package,),
        not_checked=(NotChecked(what="2 rpm packages", packages=(WAITS.hole.package,) * 2, reason="no data; scan the image"),),
    )
    moves = (WAITS, Move(hole=away, mover=Mover.NOT_AFFECTED, reason="Acme says so in vex.json"))
    unread = NotRead(what="layer 2", reason="not read: it is broken")
    state = replace(PYTHON, system=debian(-1), moves=moves, assessment=assessment, not_read=(unread,), lag=Lag.of([]))

    (told,) = exposures_json([], bases=[state], now=NOW)["images"]

    assert (told["apps"], told["end_of_life"], told["publisher_lag"]) == (["shop", "search"], (TODAY - timedelta(days=1)).isoformat(), None)
    turn = {
        "mover": "waits for the base's publisher",
        "since": (NOW - 12 * DAY).isoformat(),
        "days": 12,
        "reason": "the newest base does not have it",
    }
    assert told["holes"] == [{**hole_row(WAITS.hole), "turn": turn}]
    assert [(one["id"], one["aliases"], one["statement"]["author"]) for one in told["taken_away"]] == [
        ("CVE-2026-1002", ["DSA-1-1"], "Acme")
    ]
    assert told["not_checked"] == [{"what": "2 rpm packages", "packages": 2, "reason": "no data; scan the image", "is_failure": False}]
    assert told["not_read"] == [{"what": "layer 2", "reason": "not read: it is broken"}]


@pytest.mark.parametrize("text", ["| x", "<!-- x", "@all", "[x](http://e.example)"])
def test_names_of_others_stay_names(text):
    system = OperatingSystem(id="x", name=text, end_of_life=date(2020, 1, 1))

    body = weekly_issue([], bases=[replace(PYTHON, apps=(text,), system=system), replace(PYTHON, problem=text)], now=NOW).body

    assert row(body).count("|") - row(body).count("\\|") == 6
    assert "@all" not in body
    assert body.replace("\\]", "").count("](") == 0
