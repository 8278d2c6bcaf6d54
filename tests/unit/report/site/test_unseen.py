"""What could not be looked at: each gap is a row, with what kind it is and what would help."""

from dataclasses import replace

import pytest

from bot.model.assessment import Assessment, NotChecked
from bot.model.base_state import BaseState
from bot.model.failure import Failure
from bot.model.fleet import App
from bot.report.board import Board
from bot.report.look import Look
from bot.report.site.pages.unseen import orphans_table, unseen_table
from tests.boards import NOW

IMAGE = BaseState(dependency="oci: docker.io/library/python", value="3.12", apps=("shop",))
LOOK = Look(app=App(name="shop", repo="acme/shop"))
GAP = NotChecked(what="14 golang packages", reason="the service did not answer", is_failure=True)


@pytest.mark.parametrize(
    ("board", "kind", "why"),
    [
        pytest.param({"failures": (Failure(where="ghcr.io", what="it answered 503"),)}, "failed", "it answered 503", id="a failure"),
        pytest.param({"failures": (Failure(where="a/b", what="limit", resumes_at=NOW),)}, "not reached", "limit", id="left for later"),
        pytest.param({"bases": (replace(IMAGE, problem="gone"),)}, "image not opened", "gone", id="an image that is gone"),
        pytest.param({"bases": (replace(IMAGE, problem="later", is_later=True),)}, "not reached", "later", id="an image whose turn comes"),
        pytest.param(
            {"bases": (replace(IMAGE, assessment=Assessment(not_checked=(GAP,))),)},
            *("image not wholly checked", "14 golang packages: the service did not answer"),
            id="an image that was opened",
        ),
        pytest.param({"looks": (replace(LOOK, unread=2),)}, "pins", "of its pins 2 could not be looked up", id="pins"),
        pytest.param({"empty_repos": ("acme/new",)}, "empty repo", "it has no commit yet", id="an empty repo"),
    ],
)
def test_a_gap_is_a_row(board, kind, why):
    (row,) = unseen_table(Board(now=NOW, **board)).rows

    assert (row[1], row[2]) == (kind, why)


def test_an_app_without_an_owner_is_a_finding():
    owned = replace(LOOK, app=replace(LOOK.app, name="jobs", repo="acme/jobs", owners=("@a",)))

    assert [row[0].text for row in orphans_table(Board(now=NOW, looks=(LOOK, owned))).rows] == ["shop"]
