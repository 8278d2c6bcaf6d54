"""A GitHub behind a port and a path of its own: everything it is asked for, and every link that is written, has both."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from bot.clients.address import git_prefix
from bot.model.pull_request import Outcome
from bot.sandbox.faults import Faults
from bot.sandbox.server import Server
from tests.end_to_end.conftest import REPOS, TAGS, Acme, outcomes, run, with_repos

PREFIX = "/code/github"
PREFIXES = {
    "GitHub": ("https://api.github.com", "https://github.com/"),
    "a data residency": ("https://api.acme.ghe.com/", "https://acme.ghe.com/"),
    "a server": ("https://git.acme.example/api/v3", "https://git.acme.example/"),
    "a server that is called api": ("https://api.acme.example/api/v3", "https://api.acme.example/"),
    "a port": ("https://git.acme.example:8443/api/v3", "https://git.acme.example:8443/"),
    "a port and a path": ("https://git.acme.example:8443/code/github/api/v3/", "https://git.acme.example:8443/code/github/"),
    "a path that is the API's itself": ("https://git.acme.example/github", "https://git.acme.example/github/"),
}


@pytest.mark.parametrize(("api", "prefix"), PREFIXES.values(), ids=PREFIXES.keys())
def test_where_repos_are_by_where_the_api_is(api: str, prefix: str) -> None:
    assert git_prefix(api) == prefix


@pytest.fixture
def acme(acme: Acme) -> Iterator[Acme]:
    """The same organisation, which is served below a path alone."""
    faults = Faults(Starlette(routes=[Mount(PREFIX, app=acme.github.app)]))
    with Server(faults) as server:
        text = re.sub(r'"http://[^"]*/api/v3"', f'"{server.url}{PREFIX}/api/v3"', acme.config.read_text(encoding="utf-8"))
        acme.config.write_text(text, encoding="utf-8")
        yield replace(acme, faults=faults)


def test_a_run_and_the_weekly_issue_find_everything_below_the_prefix(acme: Acme) -> None:
    fleet = with_repos(acme)
    for number in range(120):
        fleet.github.create_repo("acme", f"empty-{number:03}", {}, is_private=True)
    for name in REPOS:
        fleet.github.repo(name).is_private = True

    first, second = run(fleet), run(fleet)
    paths = {route.split(" ", 1)[1] for route in fleet.faults.requests}
    done = fleet.run("report")

    assert not first.failures
    assert outcomes(first) == [(name, Outcome.OPENED) for name in REPOS for _ in TAGS]
    assert outcomes(second) == [(name, Outcome.UNCHANGED) for name in REPOS for _ in TAGS]
    assert all(path.startswith(f"{PREFIX}/") for path in paths)
    assert done.returncode == 4, "there is no repo acme/platform"


def test_links_lead_to_it(acme: Acme) -> None:
    fleet = with_repos(acme)
    base = fleet.config.read_text(encoding="utf-8").split('api_url: "')[1].split("/api/v3")[0]
    fleet.github.create_repo("acme", "platform", {"README.md": "x\n"})
    fleet.github.create_repo(
        "acme", "zoo", {".github/workflows/ci.yaml": "jobs: {a: {steps: [{uses: up/stream@v3.12.5}]}}\n"}, created_at=fleet.github.clock()
    )
    fleet.github.add_release("up/stream", "v3.12.5", body="Older.")

    sent = run(fleet).sent
    done = fleet.run("report")

    assert all(one.pull_request is not None and one.pull_request.url.startswith(f"{base}/acme/") for one in sent)
    (action,) = [one for one in sent if one.proposal.repo == "acme/zoo"]
    assert f"{base}/up/stream" in action.proposal.body
    assert done.returncode == 0, done.stderr
    assert f"{base}/acme/platform/issues/1" in done.stdout + done.stderr
