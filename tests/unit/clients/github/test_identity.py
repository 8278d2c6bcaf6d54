"""What GitHub says of who asks is believed only where it has the form that GitHub documents."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from bot.clients.github.identity import Budget, identity_of

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DATE = {"date": "Sun, 01 Mar 2026 11:58:00 GMT"}
CORE = {"limit": 5000, "remaining": 4990, "reset": 1772368200}


def asked(answer: object, *, headers=DATE, installation=None):
    requester = SimpleNamespace(requestJsonAndCheck=lambda *_: (headers, answer))
    return identity_of(SimpleNamespace(reader=SimpleNamespace(requester=requester), installation=installation), NOW)


def test_an_installation_says_what_it_may():
    told = {"permissions": {"contents": "write", "checks": 7, 5: "read"}, "repository_selection": "selected", "suspended_at": None}
    identity = asked({"resources": {"core": CORE}}, installation=told)

    assert identity.permissions == {"contents": "write"}
    assert (identity.is_of_all_repos, identity.is_suspended, identity.scopes) == (False, False, None)
    assert identity.budgets == (Budget(resource="core", limit=5000, left=4990, resets_at=datetime(2026, 3, 1, 12, 30, tzinfo=UTC)),)
    assert identity.ahead == timedelta(minutes=2)


@pytest.mark.parametrize(
    ("header", "scopes"),
    [
        pytest.param({"x-oauth-scopes": "repo, workflow"}, {"repo", "workflow"}, id="a classic token"),
        pytest.param({"x-oauth-scopes": ""}, set(), id="one without scopes"),
        pytest.param({}, None, id="another one"),
    ],
)
def test_a_classic_token_says_its_scopes(header, scopes):
    identity = asked({"resources": {}}, headers=header)

    assert identity.scopes == scopes
    assert identity.permissions is None


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param([], id="a list"),
        pytest.param({}, id="nothing"),
        pytest.param({"resources": {"core": [1]}}, id="a list for a limit"),
        pytest.param({"resources": {"core": CORE | {"remaining": "many"}}}, id="a word for a number"),
        pytest.param({"resources": {"core": CORE | {"reset": 10**30}}}, id="a time that is none"),
        pytest.param({"resources": {"core": CORE | {"limit": -1}}}, id="less than nothing"),
    ],
)
def test_a_budget_of_another_form_is_not_known(answer):
    assert asked(answer).budgets == ()


@pytest.mark.parametrize("date", [pytest.param({}, id="none"), pytest.param({"date": "today"}, id="no date")])
def test_a_clock_is_not_known_without_a_date(date):
    assert asked({}, headers=date).ahead is None
