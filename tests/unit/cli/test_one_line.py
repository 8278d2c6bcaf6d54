"""The last line of a command over the fleet takes nothing that was not looked at for an all-clear."""

from dataclasses import replace

import pytest

from bot.cli.plan import _unknown
from bot.cli.run_fleet import one_line
from bot.model.failure import Failure
from tests.unit.report.test_summary import RUN

QUIET = replace(RUN, sent=(), closed=(), waiting=(), failures=(), not_reached=())
FAILED = (Failure(where="acme", what="GitHub said 404."),)
CASES = {
    "all was looked at": (QUIET, "nothing to propose", ""),
    "a failure": (replace(QUIET, failures=FAILED), "none sent", "nothing is known"),
    "not reached": (replace(QUIET, not_reached=FAILED), "none sent", "nothing is known"),
}


@pytest.mark.parametrize(("summary", "run_says", "plan_says"), CASES.values(), ids=CASES)
def test_what_failed_is_not_taken_for_nothing_to_do(summary, run_says, plan_says):
    assert f"pull requests: {run_says}" in one_line(summary)
    assert bool(_unknown(summary)) == bool(plan_says)
    assert plan_says in _unknown(summary)
