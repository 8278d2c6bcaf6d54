"""What lists lack, and what open pull requests ask for."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from bot.decide.decider import PinContext
from bot.model.listing import DatasourceError, NotListedError
from bot.model.rules import Rule
from bot.model.update import Frozen, Hold, Undecidable, Unknown, UpdateKind
from tests.unit.decide.deciding import Registry, decide, digest, listing, outcome, pin


def test_a_failed_look_up_is_unknown_not_vanished():
    decision = decide(pin(), listing(problem="registry said 503"))

    assert decision.verdict == Unknown(pin=pin(), reason="registry said 503")


def registry_that_lost(*values):
    def describe(release):
        raise NotListedError(f"no such tag as {release.value}") if release.value in values else DatasourceError("503")

    return SimpleNamespace(describe=describe)


@pytest.mark.parametrize("listed", [(), ("1.1.0", "1.0.9")], ids=["empty", "shortened"])
@pytest.mark.parametrize(
    ("registry", "expected"),
    [
        pytest.param(Registry({"1.2.0": digest(2)}), Frozen, id="the value in use is there"),
        pytest.param(registry_that_lost("1.2.0"), Undecidable, id="it is gone"),
        pytest.param(registry_that_lost(), Unknown, id="nobody knows"),
    ],
)
def test_a_list_without_the_value_in_use_is_no_all_clear(listed, registry, expected):
    assert outcome(decide(pin(), listing(*listed), registry=registry)) is expected


@pytest.mark.parametrize(
    ("listed", "lost", "registry", "words"),
    [
        ((), (), registry_that_lost("1.2.0"), "1.2.0, which is in use, is not there, and nothing is listed"),
        (("3-alpine",), (), registry_that_lost("1.2.0"), "1.2.0, which is in use, is not there, and nothing newer of its line is listed"),
        (("1.1.0",), ("1.2.0",), registry_that_lost("1.2.0"), "1.2.0, which is in use, is not published any more, and nothing newer"),
        ((), (), Registry({"1.2.0": digest(2)}), "the list lacks 1.2.0, which is in use (nothing is listed); nothing is concluded"),
        (("1.1.0",), ("1.2.0",), Registry({"1.2.0": digest(2)}), "the list shrank: 1.2.0, which is in use, is not in it (1 listed"),
    ],
)
def test_only_what_was_listed_before_is_called_lost(listed, lost, registry, words):
    there = replace(listing(*listed), lost=lost)

    assert decide(pin(), there, registry=registry).verdict.reason.startswith(words)


def asking(*values):
    return PinContext(repo="acme/shop", app="shop", asked=frozenset(values))


@pytest.mark.parametrize(
    ("registry", "expected"),
    [
        pytest.param(Registry({"1.2.19": digest(2)}), Frozen, id="it is there"),
        pytest.param(registry_that_lost("1.2.19"), ("1.2.2", UpdateKind.PATCH), id="it is gone"),
        pytest.param(registry_that_lost(), Frozen, id="nobody knows"),
    ],
)
def test_nothing_goes_below_what_an_open_pull_request_asks_for_unless_that_is_gone(registry, expected):
    decision = decide(pin(), listing("1.2.0", "1.2.1", "1.2.2"), registry=registry, context=asking("1.2.19"))

    assert outcome(decision) == expected
    told = [remark.reason for remark in decision.remarks]
    assert told == ([] if expected is Frozen else ["1.2.19, which an open pull request asks for, is not published any more"])


def test_what_an_open_pull_request_asks_for_may_be_passed():
    assert outcome(decide(pin(), listing("1.2.0", "1.2.20"), context=asking("1.2.19"))) == ("1.2.20", UpdateKind.PATCH)


def test_what_an_open_pull_request_asks_for_is_not_taken_back_by_a_hold():
    rule = Rule(cooldown=timedelta(days=3))

    decision = decide(pin(), listing("1.2.0", ("1.2.1", 30), ("1.2.2", 0)), rule, context=asking("1.2.2"))

    assert (type(decision.verdict), decision.verdict.update.release.value) == (Hold, "1.2.2")


def test_what_an_open_pull_request_asks_for_may_be_refused_by_a_rule():
    decision = decide(pin(), listing("1.2.0", "1.2.1", "1.2.2"), Rule(versions="<1.2.2"), context=asking("1.2.2"))

    assert outcome(decision) == ("1.2.1", UpdateKind.PATCH)


def test_a_list_that_is_not_to_be_believed_decides_nothing():
    there = replace(listing("1.2.0", "1.3.0"), shrunk="the list lost 90 of 100 values")

    assert decide(pin(), there).verdict == Frozen(pin=pin(), reason="the list lost 90 of 100 values")
