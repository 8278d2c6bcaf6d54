"""GitHub's own auto-merge: asked about and turned on for many at once, at the head that was looked at."""

from dataclasses import replace

import pytest

from bot.model.auto_merge import AutoMerge, MergeMethod
from bot.model.failure import Failure
from bot.model.forge import ForgeError
from bot.sandbox.faults import ServerError
from bot.sandbox.github.sandbox import BOT_LOGIN
from bot.sandbox.github.state import MergeMethod as Ways
from tests.unit.clients.conftest import PREFIX, SHOP


@pytest.fixture(autouse=True)
def protected(github):
    github.protect(SHOP, "build")


def pulls(forge):
    listed = forge.pull_requests([forge.repo(SHOP)], branch_prefix=PREFIX)[SHOP]
    return sorted(listed, key=lambda pull: pull.number)


def test_many_are_asked_about_and_turned_on_by_one_request_each(github, faults, forge):
    github.protect(SHOP, "build", methods=[Ways.REBASE, Ways.SQUASH])
    every = pulls(forge)
    faults.forget()

    found = forge.auto_merge_of(every)
    refused = forge.turn_on_auto_merge([(pull, MergeMethod.SQUASH) for pull in every])

    assert set(found.values()) == {
        AutoMerge(is_on=False, is_allowed=True, may_ask=True, is_waited_for=True, method=MergeMethod.REBASE),
    }
    assert not refused
    assert (faults.count(), faults.writes) == (2, 1)
    assert [pull.auto_merge_by for pull in pulls(forge)] == [BOT_LOGIN] * 3
    assert all(state.is_on for state in forge.auto_merge_of(every).values())


def test_one_that_github_refuses_stops_none_of_the_others(github, forge):
    every = pulls(forge)
    github.set_check(SHOP, 2, "SUCCESS")

    refused = forge.turn_on_auto_merge([(pull, MergeMethod.MERGE) for pull in every])

    assert list(refused) == [every[1].url]
    assert "Pull request is in clean status" in refused[every[1].url].what
    assert [pull.auto_merge_by for pull in pulls(forge)] == [BOT_LOGIN, None, BOT_LOGIN]


def test_what_moved_since_it_was_looked_at_is_not_merged(github, forge):
    (pull, *_) = pulls(forge)
    github.commit_files(SHOP, {"Dockerfile": "FROM evil:1\n"}, message="y", branch=f"{PREFIX}0")

    (state,) = forge.auto_merge_of([pull]).values()
    refused = forge.turn_on_auto_merge([(pull, MergeMethod.MERGE)])

    assert isinstance(state, Failure)
    assert state.what == "its branch has moved since it was looked at. Run again."
    assert "expected head sha" in refused[pull.url].what
    assert pulls(forge)[0].auto_merge_by is None


def test_what_people_did_shows(github, forge):
    (pull, *_) = pulls(forge)
    github.wish_auto_merge(SHOP, 1, by="ana")
    assert pulls(forge)[0].auto_merge_by == "ana"
    github.stop_auto_merge(SHOP, 1, by="bob")

    assert forge.auto_merge_of([pull])[pull.url].ended_by == "bob"


def test_what_is_in_the_merge_queue_needs_nothing_more(github, forge):
    (pull, *_) = pulls(forge)
    github.issue(SHOP, 1).pull.is_queued = True

    assert forge.auto_merge_of([pull])[pull.url].is_on


def test_it_is_turned_off(forge):
    (pull, *_) = pulls(forge)
    forge.turn_on_auto_merge([(pull, MergeMethod.MERGE)])
    forge.turn_off_auto_merge(pull)

    assert pulls(forge)[0].auto_merge_by is None
    with pytest.raises(ForgeError, match="Can't disable auto-merge"):
        forge.turn_off_auto_merge(pull)


def test_without_an_answer_nothing_is_known(faults, forge):
    every = pulls(forge)
    faults.switch_on("POST /api/graphql", ServerError(status=500))

    assert [type(each) for each in forge.auto_merge_of(every).values()] == [Failure] * 3
    assert [type(each) for each in forge.turn_on_auto_merge([(pull, MergeMethod.MERGE) for pull in every]).values()] == [Failure] * 3


def test_one_that_is_gone_fails_alone(forge):
    (pull, other, _) = pulls(forge)

    found = forge.auto_merge_of([replace(pull, node_id="PR_nothing", url="gone"), other])

    assert isinstance(found["gone"], Failure)
    assert isinstance(found[other.url], AutoMerge)
