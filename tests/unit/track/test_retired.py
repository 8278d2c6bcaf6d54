"""Which apps are asked whether they are retired, and which are deployed without an owner."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.model.exposure import Known
from bot.model.fleet import App, OnlyBots, PersonsCommit, Phase
from bot.track.retired import maybe_retired, without_owner
from tests.unit.track.test_declared import NOW, REPO

DAY = timedelta(days=1)
OLD = App(name="old", repo="acme/shop", images=("ghcr.io/acme/old",), phase_reason="last commit by a person 400 days ago")
LIVE = App(name="live", repo="acme/live", images=("ghcr.io/acme/live",), owners=("@acme/all",))
SILENT = replace(REPO, last_commit=PersonsCommit(at=NOW - 400 * DAY))
DEPLOYED = {"ghcr.io/acme/live"}


def asked(app=OLD, repo=SILENT, deployed=DEPLOYED):
    return list(maybe_retired([(REPO, LIVE), (repo, app)], deployed, silent_after=365 * DAY, now=NOW))


def test_an_app_that_is_deployed_nowhere_and_silent_is_asked_about_with_the_reason():
    (gap,) = asked()

    assert (gap.app, gap.is_so) == ("old", Known.UNKNOWN)
    assert gap.said == ("is deployed nowhere that is known, and no person committed or released for 400 days: retired? Declare its phase")
    assert gap.evidence == ("acme/shop: phase bau (last commit by a person 400 days ago)",)


NOT_ASKED = {
    "deployed": {"deployed": {*DEPLOYED, "ghcr.io/acme/old"}},
    "a commit by a person": {"repo": replace(SILENT, last_commit=PersonsCommit(at=NOW - 300 * DAY))},
    "a release": {"repo": replace(SILENT, last_release_at=NOW - 10 * DAY)},
    "bots alone, as far back as was looked": {"repo": replace(SILENT, last_commit=OnlyBots(commits=10, since=NOW - 3 * DAY, is_all=False))},
    "no commit that is known": {"repo": replace(SILENT, last_commit=None)},
    "it makes no image": {"app": replace(OLD, images=())},
    "declared": {"app": replace(OLD, phase_reason="declared")},
    "a property says so": {"app": replace(OLD, phase_reason="property phase: bau")},
    "retired already": {"app": replace(OLD, phase=Phase.RETIRED)},
    "nothing of the fleet is known to be deployed": {"deployed": {"docker.io/library/redis"}},
}


@pytest.mark.parametrize("given", NOT_ASKED.values(), ids=NOT_ASKED.keys())
def test_nobody_asks(given):
    assert asked(**given) == []


def test_what_is_deployed_and_belongs_to_nobody_is_told():
    nobodys = replace(LIVE, name="nobodys", owners=(), owners_reason="property team: ? names no owner")
    found = list(without_owner([LIVE, nobodys, replace(nobodys, images=("x/y",)), replace(nobodys, phase=Phase.RETIRED)], DEPLOYED))

    assert [(gap.app, gap.is_so) for gap in found] == [("nobodys", Known.YES)]
    assert "(property team: ? names no owner)" in found[0].said
