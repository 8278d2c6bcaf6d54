"""Why GitHub is not asked to merge a pull request by itself."""

from dataclasses import replace

import pytest

from bot.model.auto_merge import AutoMerge, MergeMethod
from bot.model.failure import Failure
from bot.propose.auto_merge import AutoMerging, refusal
from tests.unit.propose.test_proposer import WANTED, pull

BOT = "rebuild-bot[bot]"
CAN = AutoMerge(is_on=False, is_allowed=True, may_ask=True, is_waited_for=True, method=MergeMethod.SQUASH)
OWN = replace(pull(WANTED), author=BOT, authors=frozenset({BOT}))


@pytest.mark.parametrize(
    ("state", "why"),
    [
        pytest.param(CAN, "", id="it can be asked"),
        pytest.param(replace(CAN, is_on=True, may_ask=False, is_waited_for=False), "", id="it is on"),
        pytest.param(replace(CAN, is_allowed=False, may_ask=False), "the repo does not allow auto-merge", id="not allowed"),
        pytest.param(replace(CAN, ended_by="ana"), "ana turned it off", id="a person turned it off"),
        pytest.param(replace(CAN, ended_by=BOT), "", id="the bot turned it off"),
        pytest.param(replace(CAN, method=None), "the repo allows no way to merge", id="no way to merge"),
        pytest.param(replace(CAN, is_waited_for=False, may_ask=False), "its base branch requires nothing", id="nothing is missing"),
        pytest.param(replace(CAN, may_ask=False), "the bot may not turn it on there", id="no permission"),
    ],
)
def test_each_reason_names_what_would_help(state, why):
    assert refusal(state, {BOT}).startswith(why)
    assert bool(refusal(state, {BOT})) == bool(why)


class FakeForge:
    def __init__(self, state, refused=""):
        self.state, self.refused, self.asked_for = state, refused, []

    def identity(self):
        return frozenset({BOT})

    def auto_merge_of(self, pulls):
        return {one.url: self.state for one in pulls}

    def turn_on_auto_merge(self, wanted):
        self.asked_for += [(one.number, method) for one, method in wanted]
        return {one.url: Failure(where="x", what=self.refused) for one, _ in wanted if self.refused}


def said(forge, one=OWN, *, dry_run=False):
    found = AutoMerging(forge, dry_run=dry_run).turn_on([one]).get(one.url)
    return None if found is None else (found.note, found.is_done)


def test_it_is_asked_for_in_the_repos_own_way():
    forge = FakeForge(CAN)

    assert said(forge) == ("GitHub merges it once all that its base branch requires is there", True)
    assert forge.asked_for == [(OWN.number, MergeMethod.SQUASH)]


def test_a_dry_run_asks_nobody():
    forge = FakeForge(CAN)

    assert said(forge, dry_run=True) == ("GitHub would be asked to merge it by itself", True)
    assert not forge.asked_for


@pytest.mark.parametrize(
    ("forge", "one", "note"),
    [
        pytest.param(FakeForge(CAN, refused="clean status"), OWN, "clean status", id="GitHub refuses"),
        pytest.param(FakeForge(Failure(where="x", what="no answer")), OWN, "no answer", id="not known"),
        pytest.param(FakeForge(CAN), replace(OWN, author="mallory"), "it was opened by mallory, and not by the bot", id="copied marker"),
        pytest.param(FakeForge(CAN), replace(OWN, author=None), "it was opened by an account that is gone, and not by the bot", id="gone"),
        pytest.param(FakeForge(CAN), replace(OWN, authors=frozenset({BOT, "eve"})), "it holds commits of eve", id="commits of others"),
    ],
)
def test_what_is_not_done_is_told(forge, one, note):
    assert said(forge, one) == (f"GitHub does not merge it by itself: {note}", False)


def test_where_it_is_on_nothing_is_said():
    assert said(FakeForge(replace(CAN, is_on=True))) is None
