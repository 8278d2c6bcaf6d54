"""What people read of a run that was told to stop."""

from dataclasses import replace

import pytest

from bot.model.run import Interruption, Stage
from bot.report.interruption import verdict
from bot.report.not_done import Why, not_done
from bot.report.summary import step_summary
from tests.unit.report.test_summary import RUN


@pytest.mark.parametrize(
    ("one", "said"),
    [
        pytest.param(Interruption(stage=Stage.START), "interrupted (start): no repo was looked at", id="while it waits its turn"),
        pytest.param(
            Interruption(stage=Stage.SURVEY, unread=("a/b",)),
            "interrupted (survey): 1 repo not looked at, nobody knows how many more repos there are; the next run begins with them",
            id="before all repos are known",
        ),
        pytest.param(
            Interruption(stage=Stage.FIND, unread=("a/b", "a/c"), unjudged=("a/d",)),
            "interrupted (find): 2 repos not looked at, 1 repo read but not judged; the next run begins with them",
            id="find",
        ),
        pytest.param(
            Interruption(stage=Stage.PROPOSE, unsent=("a/b", "a/b"), in_doubt=("a/c: x",), unlabelled=("a/c#1",)),
            "interrupted (propose): 2 pull requests not sent, 1 pull request in doubt, 1 pull request without labels; "
            "the next run begins with them",
            id="propose",
        ),
        pytest.param(Interruption(stage=Stage.INSPECT), "interrupted (inspect); not done: inspect, uses", id="after the last write"),
        pytest.param(Interruption(stage=Stage.END), "interrupted at its end: all was done", id="nothing is left"),
    ],
)
def test_the_verdict_counts_what_was_left(one, said):
    assert verdict(one) == said


@pytest.mark.parametrize("stage", Stage)
def test_of_each_stage_what_comes_later_is_told_as_not_done(stage):
    told = [one.what for one in not_done(replace(RUN, interruption=Interruption(stage=stage))) if one.why is Why.INTERRUPTED]

    assert ("what became of the updates is not known, nor who is late" in told) is not stage.is_after(Stage.TRACK)
    assert ("the list of repos: nobody knows how many more there are" in told) is not stage.is_after(Stage.SURVEY)


def test_the_step_summary_names_the_repos():
    told = step_summary(replace(RUN, interruption=Interruption(stage=Stage.FIND, unread=("acme/far",))))

    assert told.startswith("# rebuild-bot: interrupted (find): 1 repo not looked at; the next run begins with them; ")
    assert "## Interrupted" in told
    assert "`acme/far`" in told


def test_a_run_that_was_interrupted_is_not_complete():
    assert RUN.is_complete
    assert not replace(RUN, interruption=Interruption(stage=Stage.END)).is_complete
