"""Why GitHub is not asked to merge a pull request by itself."""

from dataclasses import replace

import pytest

from bot.model.auto_merge import AutoMerge, MergeMethod
from bot.model.failure import Failure
from bot.model.rules import MergeIf
from bot.model.severity import Severity
from bot.propose.auto_merge import AutoMerging, refusal, unmet
from tests.image_steps import hole, step
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


def test_a_rule_may_want_a_check_that_the_base_requires():
    without = replace(CAN, requires_check=False)

    assert refusal(without, {BOT}) == refusal(CAN, {BOT}, needs_check=True) == ""
    assert refusal(without, {BOT}, needs_check=True).startswith("its base branch requires no check")


LOW, CRITICAL = hole("CVE-2026-1", Severity.LOW), hole("CVE-2026-2", Severity.CRITICAL)
HIGH_ONLY, NONE_NEW = MergeIf(closes=Severity.HIGH), MergeIf(brings_none=True)
KNOWN = step(closed=[CRITICAL])


@pytest.mark.parametrize(
    ("conditions", "steps", "why"),
    [
        pytest.param([], [None], "", id="none"),
        pytest.param([MergeIf(requires_check=True)], [None], "", id="one that GitHub tells of"),
        pytest.param([HIGH_ONLY], [KNOWN], "", id="it closes a worse one"),
        pytest.param([HIGH_ONLY], [step(closed=[LOW])], "high or worse", id="it closes a lesser one"),
        pytest.param([HIGH_ONLY], [None], "high or worse", id="nobody knows"),
        pytest.param([HIGH_ONLY], [None, KNOWN], "", id="one of its updates does"),
        pytest.param(
            [MergeIf(closes=Severity.LOW), MergeIf(closes=Severity.CRITICAL)], [step(closed=[LOW])], "critical", id="the strictest"
        ),
        pytest.param([NONE_NEW], [KNOWN], "", id="it brings none"),
        pytest.param([NONE_NEW], [step(brought=[LOW])], "it brings a known hole", id="it brings one"),
        pytest.param([NONE_NEW], [KNOWN, None], "is not known", id="of one of them nobody knows"),
    ],
)
def test_conditions_are_met_by_what_is_known_alone(conditions, steps, why):
    said = unmet(conditions, steps)

    assert why in said
    assert bool(said) == bool(why)


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
