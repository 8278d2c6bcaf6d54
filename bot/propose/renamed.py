"""Pull requests of a repo that has another name by now: what was asked for, or declined, under the old one stands. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from bot.model.fleet import App
from bot.model.pull_request import PullRequest, PullRequestState
from bot.propose.compose import Draft
from bot.propose.marker import read, with_marker


def under_present_name(pulls: Sequence[PullRequest], apps: Sequence[App]) -> tuple[PullRequest, ...]:
    """The pull requests of a repo, those of an app that is none any more as the repo's own.

    An app is called as its repo unless it is declared, so that another name of the repo makes it another app. Where several apps share
    the repo nobody can tell whose they were: all stay as they are.
    """
    if len(apps) != 1 or apps[0].path != PurePosixPath():
        return tuple(pulls)
    return tuple(_of(pull, apps[0]) for pull in pulls)


def _of(pull: PullRequest, app: App) -> PullRequest:
    marker = read(pull.body)
    if marker is None or marker.app == app.name:
        return pull
    return replace(pull, body=with_marker(pull.body, replace(marker, app=app.name, parts=())))


def on_its_branch(draft: Draft, pulls: Sequence[PullRequest]) -> Draft:
    """The draft on the branch on which its app asks for the same dependency, or group, already: the one of its former name."""
    is_open = [pull for pull in pulls if pull.state is PullRequestState.OPEN]
    if any(pull.branch == draft.untold.branch for pull in is_open):
        return draft
    branch = next((pull.branch for pull in is_open if _asks_for_it(pull, draft)), draft.untold.branch)
    return replace(draft, untold=replace(draft.untold, branch=branch), tell=lambda: replace(draft.tell(), branch=branch))


def _asks_for_it(pull: PullRequest, draft: Draft) -> bool:
    marker = read(pull.body)
    # One for several apps is for whichever of them have something to take.
    is_of_app = marker is not None and (marker.app, marker.stage) == (draft.marker.app, draft.marker.stage)
    return is_of_app and _topic(pull.branch) == _topic(draft.untold.branch)


def _topic(branch: str) -> str:
    return branch.rpartition("/")[2]
