"""The whole site: all is there, every link leads somewhere, and text of others stays text."""

import csv
import io
import posixpath
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import PurePosixPath
from urllib.parse import unquote, urlparse

import pytest

from bot.model.deployment import Deployment, SeenBy
from bot.model.exposure import Exposure, KeptBack, Known, Moved, StageState, Step
from bot.model.failure import Failure
from bot.model.fleet import App, Phase
from bot.model.gap import Gap, GapKind
from bot.model.image import ImageReference
from bot.report.app_state import AppState, state_of
from bot.report.board import Board
from bot.report.look import Look, Use
from bot.report.site.links import app_page
from bot.report.site.pages.updates import accepted_table
from bot.report.site.site import site_files
from tests.boards import ACCEPTED, NOW, made_board
from tests.unit.report.site.reading import Page

HOSTILE = (
    "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'`{{7*7}}{% raw %}<!--\u2028\u202egnp.exe\u0000"
    " [x](javascript:alert(3)) @acme/all"
)
DEPLOYED = Deployment(
    image=ImageReference.parse("ghcr.io/acme/shop:1"), stage=HOSTILE, seen_by=SeenBy.INVENTORY, where=HOSTILE, as_of=NOW, doubt=HOSTILE
)
USE = Use(dependency="oci: a/b", value="1", file="f", line=1)


@pytest.fixture(scope="module")
def board():
    return made_board(120)


@pytest.fixture(scope="module")
def files(board):
    return dict(site_files(board))


@pytest.fixture(scope="module")
def pages(files):
    return {name: Page.of(data) for name, data in files.items() if name.endswith(".html")}


def test_every_link_leads_to_a_page_of_the_site_or_to_the_web(files, pages):
    wrong = []
    for name, page in pages.items():
        for start, href in [*((name, href) for href in page.hrefs()), *(("", href) for href in page.row_hrefs())]:
            parts = urlparse(href)
            if parts.scheme in {"http", "https"}:
                continue
            target = posixpath.normpath(posixpath.join(posixpath.dirname(start), unquote(parts.path))) if parts.path else name
            is_anchor = parts.fragment and "=" not in parts.fragment
            if parts.scheme or target not in files or (is_anchor and parts.fragment not in pages[target].ids()):
                wrong.append((name, href))

    assert wrong == []


def test_every_app_has_its_page_and_every_row_is_in_the_data(board, files, pages):
    (apps,) = pages["apps.html"].data
    (updates,) = pages["updates.html"].data
    accepted = accepted_table(board).rows

    assert len(apps["rows"]) == len(board.looks) == sum(name.startswith("apps/") for name in files)
    assert len(updates["rows"]) == len(board.exposures)
    assert [row[:3] for row in accepted] == [("redis, CVE-2026-1", "2027-01-31", "accepted")]
    assert accepted[0][5] == sum(one.accepted is not None for one in board.exposures) > 0
    assert {len(row) for row in apps["rows"]} == {len(apps["columns"])}
    assert len(list(csv.reader(io.StringIO(files["data/apps.csv"].decode())))) == len(board.looks) + 1
    assert len(list(csv.reader(io.StringIO(files["data/exposures.csv"].decode())))) == len(board.exposures) + 1


def test_the_same_board_makes_the_same_site(board, files):
    assert dict(site_files(board)) == files


def test_every_page_lets_nothing_in_from_elsewhere(pages):
    for name, page in pages.items():
        (policy,) = [attrs["content"] for tag, attrs in page.elements if attrs.get("http-equiv") == "Content-Security-Policy"]
        loaders = [attrs for tag, attrs in page.elements if tag in {"script", "link", "img"}]
        loaded = [attrs[key] for attrs in loaders for key in ("src", "href") if key in attrs]

        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'"), name
        assert "unsafe" not in policy
        assert all(re.fullmatch(r"(\.\./)?assets/[a-z./]+", one) for one in loaded), name
        assert not [attrs for _, attrs in page.elements if "style" in attrs or any(key.startswith("on") for key in attrs)], name


def hostile_board() -> Board:
    app = App(
        name=HOSTILE,
        repo=f"acme/{HOSTILE}",
        path=PurePosixPath("../../etc"),
        owners=(HOSTILE,),
        owners_reason=HOSTILE,
        phase=Phase.BAU,
        phase_reason=HOSTILE,
        criticality_reason=HOSTILE,
        product_owner=HOSTILE,
        product_owner_reason=HOSTILE,
        system=HOSTILE,
        images=(HOSTILE,),
    )
    exposure = Exposure(
        app=app,
        dependency=f"oci: {HOSTILE}",
        old=HOSTILE,
        new=HOSTILE,
        steps={Step.DETECTED: NOW},
        waiting_for=Step.REBUILT,
        closes=HOSTILE,
        pull_request_url="javascript:alert(4)",
        pull_request_number=4,
        blocked_by=HOSTILE,
        unblock=HOSTILE,
        built=StageState(stage="", image=HOSTILE, has_fix=Known.NO, why=HOSTILE, source=HOSTILE),
        stages=(StageState(stage=HOSTILE, image=HOSTILE, has_fix=Known.UNKNOWN, why=HOSTILE, source=HOSTILE, is_running=True),),
    )
    return Board(
        now=NOW,
        looks=(Look(app=app, uses=(Use(dependency=f"oci: {HOSTILE}", value=HOSTILE, file=HOSTILE, line=1, stage=HOSTILE),), unread=1),),
        exposures=(exposure,) * 20,
        moved=(Moved(app=app, dependency=HOSTILE, old=HOSTILE, new=HOSTILE, at=NOW, pull_request_url=f"https://x/{HOSTILE}"),),
        kept_back=(KeptBack(app=app, dependency=HOSTILE, old=HOSTILE, new=HOSTILE, is_opt_out=True, reason=HOSTILE),),
        deployed=((None, DEPLOYED), (app, DEPLOYED)),
        gaps=(Gap(kind=GapKind.DRIFT, app=HOSTILE, image=HOSTILE, stage=HOSTILE, said=HOSTILE, evidence=(HOSTILE,)),),
        failures=(Failure(where=HOSTILE, what=HOSTILE, remedy=HOSTILE),),
        empty_repos=(HOSTILE,),
        web_url="https://github.com",
    )


def test_text_of_others_stays_text(pages):
    allowed = {tag for page in pages.values() for tag, _ in page.elements}
    for name, data in site_files(hostile_board()):
        if not name.endswith(".html"):
            continue
        page = Page.of(data)
        hrefs = [*page.hrefs(), *page.row_hrefs()]

        assert {tag for tag, _ in page.elements} <= allowed, name
        scripts = [attrs for tag, attrs in page.elements if tag == "script"]
        assert sum(attrs.get("type") == "application/json" for attrs in scripts) == len(page.data), name
        assert all("src" in attrs for attrs in scripts if "type" not in attrs), name
        assert not [href for href in hrefs if urlparse(href).scheme not in {"", "http", "https"}], name
        assert "\u202e" not in data.decode(), name
        assert "\u2028" not in data.decode(), name
        assert re.fullmatch(r"((apps|bases)/)?[a-z0-9-]+\.html", name)


@pytest.mark.parametrize(
    ("look", "state"),
    [
        pytest.param({}, AppState.NOTHING_FOUND, id="no pin"),
        pytest.param({"uses": (USE,)}, AppState.NO_NEWER_KNOWN, id="all looked up"),
        pytest.param({"uses": (USE,), "unread": 1}, AppState.NOT_KNOWN, id="one is not known"),
        pytest.param({"undecided": 1, "held": 1}, AppState.NOT_KNOWN, id="not known is told before held"),
        pytest.param({"held": 1}, AppState.HELD, id="held"),
        pytest.param({"is_followed": False, "unread": 1}, AppState.NOT_FOLLOWED, id="retired"),
    ],
)
def test_an_app_without_exposures_is_never_called_safe(look, state):
    made = Look(app=App(name="shop", repo="acme/shop"), **look)

    assert state_of(Board(now=NOW, looks=(made,)), made) is state


def test_a_fleet_that_was_not_wholly_seen_has_no_all_clear():
    look = Look(app=App(name="shop", repo="acme/shop", owners=("@a",)), uses=(USE,))
    seen = Board(now=NOW, looks=(look,), last_run=NOW)

    def verdict(board):
        return Page.of(dict(site_files(board))["index.html"]).text

    assert "No app is behind, by what was looked at." in verdict(seen)
    for gap in ({"failures": (Failure(where="ghcr.io", what="503"),)}, {"is_late": True}, {"looks": (replace(look, unread=1),)}):
        assert "No app is known to be behind; not all could be looked at." in verdict(replace(seen, **gap))
    assert "nothing is known" in verdict(Board(now=NOW))


def test_what_somebody_accepted_is_shown_with_its_end_and_is_not_stale():
    board = made_board(1)
    one = replace(made_board(40).exposures[0], app=board.looks[0].app, due=NOW - timedelta(days=9), accepted=ACCEPTED)
    look = replace(board.looks[0], is_followed=True)
    board = replace(board, looks=(look,), exposures=(one,))
    later = replace(board, now=ACCEPTED.ends_at)
    page = dict(site_files(board))[app_page(look.app.key)].decode()

    assert (state_of(board, look), state_of(later, look)) == (AppState.ACCEPTED, AppState.STALE)
    assert "accepted until 2027-01-31 by @dana: not reachable from outside" in page
    assert "accepted until" not in dict(site_files(later))[app_page(look.app.key)].decode()


@pytest.mark.parametrize(("count", "has_data"), [pytest.param(12, False, id="seen at once"), pytest.param(13, True, id="to be searched")])
def test_only_long_tables_carry_data_for_the_script(count, has_data):
    looks = tuple(Look(app=App(name=f"app-{number}", repo=f"acme/app-{number}", owners=("@a",))) for number in range(count))
    page = Page.of(dict(site_files(Board(now=NOW, looks=looks)))["apps.html"])

    assert bool(page.data) is has_data
    assert [tag for tag, _ in page.elements].count("tr") == count + 1
