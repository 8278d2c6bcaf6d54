"""What a chat is told: short, with nobody mentioned, and names of others as text."""

from dataclasses import replace

import pytest

from bot.report.board import Board
from bot.report.exports.announcement import announcement
from tests.boards import NOW, made_board


def test_the_worst_come_first_and_the_rest_is_counted():
    board = made_board(200)
    lines = announcement(board, issue_url="https://github.com/acme/platform/issues/1", dashboard_url="https://dash.example")[
        "text"
    ].splitlines()
    stale = [one for one in board.exposures if one.is_stale(NOW)]

    assert lines[0].startswith(f"*{len({one.app.key for one in stale})} apps are stale*, ")
    assert lines[1] == "Not looked at: 3 places."
    assert "critical" in lines[2]
    assert lines[-2:] == [
        f"… and {len(stale) - 5} more",
        "<https://github.com/acme/platform/issues/1|Issue> · <https://dash.example|Dashboard>",
    ]
    assert len(lines) == 9


def test_a_quiet_fleet_is_one_line():
    assert announcement(Board(now=NOW)) == {"text": "*0 apps are stale*, 0 of 0 apps behind."}


@pytest.mark.parametrize(
    "name", ["<!channel>", "@channel", "@here & <@U1>", "*b* _i_ `c` ~s~", "[x](http://e.example)", "http://e.example", "a\nb\u202e"]
)
def test_a_name_of_others_is_text(name):
    one = next(one for one in made_board(40).exposures if one.is_stale(NOW))
    told = announcement(Board(now=NOW, exposures=(replace(one, app=replace(one.app, name=name)),)))["text"]
    said = told.splitlines()[-1]

    assert len(told.splitlines()) == 2
    assert not [sign for sign in ("<", ">", "@c", "@h", "*b", "_i", "`c", "[x", "://", "\u202e") if sign in said]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://x|y", "https://x>y", ""])
def test_only_an_address_is_linked(url):
    assert "|" not in announcement(Board(now=NOW), issue_url=url)["text"]
