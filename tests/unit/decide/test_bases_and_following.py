"""Approved bases, and apps that follow others."""

import pytest

from bot.model.rules import ApprovedBase, Rule
from bot.model.update import Hold, NotAllowed, UpdateKind
from tests.unit.decide.deciding import Registry, decide, digest, listing, outcome, pin


@pytest.mark.parametrize(
    ("status", "expected"),
    [("forbidden", NotAllowed), ("deprecated", ("1.3.0", UpdateKind.MINOR)), ("allowed", ("1.3.0", UpdateKind.MINOR))],
)
def test_approved_bases(status, expected):
    bases = (ApprovedBase(dependency="docker.io/library/*", status=status, successor="registry.example/base/nginx", reason="end of life"),)

    decision = decide(pin(), listing("1.3.0"), bases=bases)

    assert outcome(decision) == expected
    assert [remark.verdict for remark in decision.remarks] == ([] if status == "allowed" else [f"{status} base"])
    if status == "forbidden":
        assert decision.verdict.reason == "this base is forbidden (end of life): move to registry.example/base/nginx"


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [("1.4.0", ("1.4.0", UpdateKind.MINOR)), ("1.3.0", ("1.3.0", UpdateKind.MINOR)), ("1.2.0", Hold), (None, Hold)],
)
def test_follow(theirs, expected):
    in_use = [] if theirs is None else [("canary", pin("1.5.0")), ("canary", pin(theirs)), ("canary", pin(None)), ("shop", pin("9.0.0"))]

    decision = decide(pin(), listing("1.3.0", "1.4.0"), Rule(follow="canary"), in_use=in_use)

    assert outcome(decision) == expected


def test_the_version_in_use_is_refreshed_whoever_is_followed():
    registry = Registry({"1.2.0": digest(2)})

    decision = decide(pin(digest=digest(1)), listing("1.2.0"), Rule(follow="canary"), registry=registry)

    assert outcome(decision) == ("1.2.0", UpdateKind.DIGEST)
