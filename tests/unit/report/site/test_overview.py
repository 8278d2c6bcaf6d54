"""The first page's figures add up, and lead to the rows that they are of."""

from dataclasses import replace

from bot.model.exposure import Step
from bot.report.board import Board
from bot.report.site.bar import Bar
from bot.report.site.pages.overview import stuck_bars, tiles, verdict
from tests.boards import NOW, made_board

BOARD = made_board(150)


def test_every_update_waits_for_one_thing():
    bars = stuck_bars(BOARD)

    assert sum(bar.count for bar in bars) == len(BOARD.exposures)
    assert [bar.name for bar in bars] == ["a pull request", "a merge", "a rebuild", "a deployment"]
    assert bars[0].href == "updates.html#Waits%20for=a%20pull%20request"


def test_what_is_there_at_all_is_seen():
    assert [(bar.percent, bar.width) for bar in (Bar(name="", count=1, of=1000), Bar(name="", count=0, of=0))] == [(0, 1), (0, 0)]


def test_an_app_is_counted_once_and_what_nobody_rated_by_itself():
    numbers = {tile.label: tile.number for tile in tiles(BOARD)}

    assert numbers["apps exposed"] <= len({one.app.key for one in BOARD.exposures})
    assert numbers["updates of unknown severity"] == sum(one.severity == "unknown" for one in BOARD.exposures) > 0
    assert verdict(BOARD).startswith(f"{numbers['apps stale']} apps are stale, {numbers['apps exposed']} apps have")


def test_nothing_waits_where_nothing_is_behind():
    assert stuck_bars(Board(now=NOW)) == []
    assert stuck_bars(replace(BOARD, exposures=BOARD.exposures[:1]))[0].percent == 100
    assert {one.waiting_for for one in BOARD.exposures} <= set(Step)
