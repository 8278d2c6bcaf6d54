from dataclasses import replace

import pytest
from test_proposer import CLOSED, FakeForge, draft, pull

from bot.model.pull_request import Outcome
from bot.propose.marker import read, with_marker
from bot.propose.proposer import Proposer
from bot.propose.weight import is_heavier, is_same_line, weight_of


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("3.12.5-slim", "3.12.6-slim", True),
        ("3.12.5-slim", "3.13.0-slim", False),
        ("3.12.5-slim", "3.12.5-alpine", False),
        ("3.12", "3.13", False),
        ("3.12", "3.12", True),
        ("v1.2.3", "v1.2.9", True),
        ("latest", "latest", True),
        ("bookworm-20240101", "bookworm-20240202", False),
        ("1" * 5_000, "2" * 5_000, False),
    ],
)
def test_lines_of_releases(one, other, is_same):
    assert is_same_line(one, other) is is_same


@pytest.mark.parametrize(
    ("now", "then", "heavier"),
    [
        ("critical", "high", True),
        ("exploited", "critical", True),
        ("low", "none", True),
        ("high", "high", False),
        ("none", "low", False),
        ("", "low", None),
        ("critical", "", None),
        ("forged", "low", None),
    ],
)
def test_what_is_heavier(now, then, heavier):
    assert is_heavier(now, then) is heavier


def test_a_step_that_is_not_known_weighs_nothing_certain():
    assert weight_of([None]) == ""


def closed(value: str, weight: str):
    """A pull request that a person closed when that much spoke for it."""
    made = pull(draft(value), state=CLOSED, closed_by="anna")
    marker = read(made.body)
    assert marker is not None
    return replace(made, body=with_marker(made.body, replace(marker, weight=weight)))


@pytest.mark.parametrize(
    ("then", "now", "value", "is_declined"),
    [
        pytest.param("high", "high", "3.12.6-slim", True, id="the next release, and no more speaks for it"),
        pytest.param("high", "none", "3.12.6-slim", True, id="less speaks for it"),
        pytest.param("high", "critical", "3.12.6-slim", False, id="a worse hole"),
        pytest.param("critical", "exploited", "3.12.6-slim", False, id="an exploited one"),
        pytest.param("high", "high", "3.13.0-slim", False, id="another line"),
        pytest.param("", "high", "3.12.6-slim", False, id="nobody knows what spoke for it"),
        pytest.param("high", "", "3.12.6-slim", False, id="nobody knows what speaks for it: that is not little"),
        pytest.param("high", "high", "3.12.5-slim", True, id="the same"),
        pytest.param("high", "critical", "3.12.5-slim", False, id="the same, and a worse hole by now"),
        pytest.param("", "critical", "3.12.5-slim", True, id="the same, declined before weights were told"),
        pytest.param("high", "", "3.12.5-slim", True, id="the same, and nothing is known"),
    ],
)
def test_a_no_stands_until_something_stronger(then, now, value, is_declined):
    sent = Proposer(FakeForge(), weigh=lambda _: now).send(draft(value), [closed("3.12.5-slim", then)])

    assert (sent.outcome is Outcome.DECLINED) is is_declined
