"""The page of stages: whose word, and what is not certain, stand beside what is said."""

from dataclasses import replace

import pytest

from bot.model.deployment import Deployment, SeenBy
from bot.model.exposure import Known
from bot.model.fleet import App
from bot.model.gap import Gap, GapKind
from bot.model.image import ImageReference
from bot.report.board import Board
from bot.report.look import Look
from bot.report.site.pages.stages import deployed_table, gaps_table
from tests.boards import NOW

APP = App(name="shop", repo="acme/shop", images=("ghcr.io/acme/shop",))
LOOK = Look(app=APP)
ONE = Deployment(
    image=ImageReference.parse("ghcr.io/acme/shop:1.4"), stage="production", seen_by=SeenBy.INVENTORY, where="cluster a", as_of=NOW
)
GAP = Gap(kind=GapKind.BEHIND, app="shop", image="ghcr.io/acme/shop", stage="production", said="has 1.4, qa has 1.5")


@pytest.mark.parametrize(
    ("changes", "known", "doubt"),
    [
        pytest.param({}, "seen to run", "", id="a listing of a cluster"),
        pytest.param({"seen_by": SeenBy.MANIFEST}, "written to run", "", id="a file"),
        pytest.param({"seen_by": SeenBy.MANIFEST, "doubt": "another revision"}, "may run", "another revision", id="a file in doubt"),
    ],
)
def test_what_runs_is_told_apart_from_what_is_written(changes, known, doubt):
    (row,) = deployed_table(Board(now=NOW, looks=(LOOK,), deployed=((APP, replace(ONE, **changes)),))).rows

    assert (row[3], row[7]) == (known, doubt)
    assert row[1:3] == ("production", "ghcr.io/acme/shop:1.4")


def test_a_stage_that_nobody_tells_is_not_known():
    (row,) = deployed_table(Board(now=NOW, deployed=((None, replace(ONE, stage="")),))).rows

    assert (row[0], row[1]) == ("none is known", None)


def test_gaps_that_are_certain_come_first():
    board = Board(now=NOW, looks=(LOOK,), gaps=(replace(GAP, is_so=Known.UNKNOWN), GAP))

    assert [row[5] for row in gaps_table(board).rows] == ["yes", "not known"]
    assert gaps_table(board).rows[0][1].href.startswith("apps/acme-shop-")


def test_a_name_that_two_apps_have_leads_nowhere():
    other = replace(LOOK, app=replace(APP, repo="acme/other"))
    (row,) = gaps_table(Board(now=NOW, looks=(LOOK, other), gaps=(GAP,))).rows

    assert row[1].href is None
