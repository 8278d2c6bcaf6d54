"""What a night costs over a fleet of which little has changed, counted at small size; the benchmark has the seconds."""

import shutil

from bot.model.pull_request import Outcome
from bot.model.run import RunSummary
from bot.sandbox.github.sandbox import BOT_TOKEN
from bot.settings import load
from bot.wiring import fleet as fleet_wiring
from tests.bench.night.fleet import Fleet, Requests

REPOS = 60
CHANGED = 2
IMAGES = 40
HTTP_REQUESTS_PER_REPO = 8
"""Of git: two fetches, each of which may be told first that it lacks the password."""


def run(fleet: Fleet) -> tuple[RunSummary, Requests]:
    fleet.forget()
    summary = fleet_wiring.run(load(fleet.config, {"REBUILD_BOT_GITHUB_TOKEN": BOT_TOKEN}), now=fleet.clock)
    assert not summary.failures
    return summary, fleet.requests()


def test_a_night_costs_by_what_changed_and_not_by_what_is_there(tmp_path):
    fleet = Fleet(folder=tmp_path, repos=REPOS, images=IMAGES)
    with fleet.served():
        first, _ = run(fleet)
        fleet.pass_night(is_quiet=True)
        run(fleet)
        changed = fleet.pass_night()
        shutil.rmtree(tmp_path / "cache" / "git")
        usual, asked = run(fleet)
        fetched = {route.split("/")[2] for route in fleet.counted.requests if ".git/" in route}

    assert changed == len(fetched) == CHANGED, "no other is looked into, not even where a pull request is open and all clones are lost"
    assert {sent.outcome for sent in first.sent} == {Outcome.OPENED}
    assert len(first.sent) == fleet.pull_requests == REPOS // 2
    assert {sent.outcome for sent in usual.sent} == {Outcome.UNCHANGED}
    assert (usual.repos, usual.pins) == (first.repos, first.pins)
    assert asked.github == 1 + 1, "a page of the survey, and the pull requests of those that changed"
    assert asked.writes == 0
    assert 0 < asked.git <= CHANGED * HTTP_REQUESTS_PER_REPO
    assert asked.registry == IMAGES, "the list of tags of each image"
