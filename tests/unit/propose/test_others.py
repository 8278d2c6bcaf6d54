from dataclasses import replace
from pathlib import PurePosixPath

import pytest
from proposal_samples import APP, pin, update

from bot.model.dependency import GITHUB_TAGS, HELM, Dependency
from bot.model.pull_request import OtherRequest
from bot.model.run import AppDecisions
from bot.model.update import Decision, Hold, Propose
from bot.propose.others import asks_for, left_to_others

UPDATE = update()


def other(title: str, branch: str = "renovate/x") -> OtherRequest:
    return OtherRequest(number=12, branch=branch, title=title)


def of(datasource: str, name: str):
    old = replace(
        pin(file=".github/workflows/ci.yml"), dependency=Dependency(datasource=datasource, name=name), name=name.rpartition("#")[2]
    )
    return replace(UPDATE, pin=old, release=replace(UPDATE.release, dependency=old.dependency))


ACTION, CHART = of(GITHUB_TAGS, "actions/checkout"), of(HELM, "https://charts.example#redis")
IN_FOLDER = replace(UPDATE, pin=replace(pin(), file=PurePosixPath("app/web/Dockerfile")))


@pytest.mark.parametrize(
    ("title", "branch", "wanted", "is_asked"),
    [
        pytest.param("Update python Docker tag to v3.12.5", "renovate/python-3.x", UPDATE, True, id="renovate: a tag"),
        pytest.param("chore(deps): update python:3.12 docker digest to 5f3ca57", "renovate/p", UPDATE, True, id="renovate: a digest"),
        pytest.param("Update python Docker tag", "renovate/p", UPDATE, True, id="renovate: several values"),
        pytest.param("chore(deps): update python docker tag to v3.13 (main)", "renovate/p", UPDATE, True, id="renovate: of a base branch"),
        pytest.param("Update dependency python to v3.12.5", "renovate/python-3.x", UPDATE, False, id="renovate: a library of that name"),
        pytest.param("Update cimg/python Docker tag to v3.12", "renovate/p", UPDATE, False, id="renovate: another image"),
        pytest.param("Update all non-major dependencies", "renovate/all", UPDATE, False, id="renovate: nobody knows what"),
        pytest.param("Update actions/checkout action to v4", "renovate/a", ACTION, True, id="renovate: an action"),
        pytest.param("Update Helm release redis to v18", "renovate/r", CHART, True, id="renovate: a chart"),
        pytest.param("Update redis Docker tag to v7", "renovate/r", CHART, False, id="renovate: the image of a chart's name"),
        pytest.param("Bump python from 3.12.4-slim to 3.12.5-slim", "dependabot/docker/python-3", UPDATE, True, id="dependabot: a tag"),
        pytest.param(
            "build: bump python from 3.12 to 3.13 in /app/web",
            "dependabot/docker/app/web/python-3",
            IN_FOLDER,
            True,
            id="in a folder",
        ),
        pytest.param("Bump python from 3.12 to 3.13 in /app/web", "dependabot/docker/app/web/python-3", UPDATE, False, id="another folder"),
        pytest.param("Bump python from 3.12 to 3.13", "dependabot/docker/python-3", IN_FOLDER, False, id="dependabot: the root alone"),
        pytest.param("Bump python from 3.12 to 3.13", "dependabot/pip/python-3", UPDATE, False, id="dependabot: a library"),
        pytest.param("Bump actions/checkout from 3 to 4", "dependabot/github_actions/actions/checkout-4", ACTION, True, id="of workflows"),
        pytest.param("Bump the images group with 2 updates", "dependabot/docker/images-1", UPDATE, False, id="dependabot: a group"),
        pytest.param("Update python Docker tag to v3.12.5 " + "x " * 200, "renovate/p", UPDATE, False, id="words of others"),
        pytest.param("", "dependabot/", UPDATE, False, id="nothing"),
    ],
)
def test_what_another_bot_asks_for(title, branch, wanted, is_asked):
    assert asks_for(other(title, branch), wanted) is is_asked


def test_it_is_held_with_the_place():
    app = AppDecisions(app=APP, decisions=(Decision(pin=pin(), verdict=Propose(update=UPDATE)),))

    found = left_to_others(app, [other("Update python Docker tag to v3.12.5")], []).decisions[0].verdict

    assert isinstance(found, Hold)
    assert (found.policy, found.reason) == ("other bot", "renovate asks for it in #12")
    assert left_to_others(app, [], []) is app
