"""Charts are tables first, and the library that draws them is the one that was looked at."""

from dataclasses import replace
from hashlib import sha256
from importlib import resources

from bot.model.trend import Trend
from bot.report.board import Board
from bot.report.site.site import site_files
from tests.boards import NOW, made_board
from tests.unit.report.site.reading import Page

CHART_JS = "c17f2ce49fb9c71ef7fb39c03f868804ac5ab34730149976eebe6b7f807bef0c"
"""Of chart.umd.min.js of Chart.js 4.6.1, without its last line, which names a map that is not here."""


def test_the_bundled_library_is_as_it_was_taken_in_with_its_licence():
    folder = resources.files("bot.report.site") / "assets" / "chartjs"

    assert sha256((folder / "chart.umd.min.js").read_bytes()).hexdigest() == CHART_JS
    assert "MIT License" in (folder / "LICENSE.md").read_text(encoding="utf-8")


def test_the_numbers_of_a_chart_stand_in_the_page():
    board = made_board(50)
    page = Page.of(dict(site_files(board))["index.html"])

    assert [tag for tag, _ in page.elements].count("canvas") == 1
    for point in board.trend.points:
        assert f"{point.at:%Y-%m-%d}{point.open:,}{point.stale:,}" in page.text


def test_a_past_that_nobody_recorded_is_no_line_at_zero():
    page = Page.of(dict(site_files(Board(now=NOW)))["index.html"])

    assert "canvas" not in {tag for tag, _ in page.elements}
    assert "How this went over time is not known" in page.text
    assert "How that is against a week ago is not known" in page.text


def test_where_the_record_is_young_it_says_since_when():
    trend = made_board(9).trend
    board = Board(now=NOW, trend=replace(trend, week_ago=None, points=trend.points[-1:], begins_at=NOW))

    assert "not known: the record begins on 2026-11-23." in Page.of(dict(site_files(board))["index.html"]).text
    assert Trend().points == ()
