from pathlib import PurePosixPath

import pytest

from bot.sandbox.clock import Clock
from bot.sandbox.faults import Faults
from bot.sandbox.github import GitHubSandbox
from bot.sandbox.server import Server
from tests.bench.exchange.__main__ import cost
from tests.bench.exchange.cases import Case, Step, borrowed, cases, made_up
from tests.bench.exchange.served import Relay, Served
from tests.bench.exchange.ways import ByBlobs, ByGit, ByTarball, Place

FILES = {
    "Dockerfile": "FROM debian:13\n",
    "left-out/values.yaml": "tag: 1.0\n",
    "latin.yaml": "name: café\n".encode("latin-1"),
    ".gitattributes": "left-out export-ignore\n",
}


@pytest.fixture
def github(tmp_path):
    return GitHubSandbox(tmp_path / "github", clock=Clock())


@pytest.mark.parametrize(
    ("way", "costs"),
    [
        pytest.param(ByGit, (2, 0, 0), id="git brings all, and costs nothing of the API"),
        pytest.param(ByTarball, (2, 1, 1), id="a tarball leaves out what attributes keep from archives"),
        pytest.param(ByBlobs, (2, 2, 1), id="GraphQL gives texts, and Latin-1 does not survive that"),
    ],
)
@pytest.mark.parametrize("is_known", [pytest.param(False, id="new"), pytest.param(True, id="changed")])
def test_what_each_way_brings_and_asks(github, tmp_path, way, costs, is_known):
    repo = github.create_repo("acme", "shop", {"other/values.yaml": "tag: 1.0\n" * 1000})
    old = repo.store.head("main") if is_known else None
    new = github.commit_files("acme/shop", FILES, message="More")
    blobs = {PurePosixPath(entry.path): entry.sha for entry in repo.store.tree(new, is_recursive=True) if entry.path in FILES}
    faults = Faults(Served(github))

    with Server(faults) as server, Relay(server.url) as relay:
        found = cost(
            way(Place(url=relay.url, full_name="acme/shop", folder=tmp_path)), Step(old=old, new=new, blobs=blobs), repo, faults, relay
        )

    assert (found.requests, found.api_requests, found.unlike) == costs
    assert found.sent_bytes > 300
    assert found.received_bytes > 500


def test_the_cases_are_taken_from_the_history(github):
    repo = made_up(github, apps=22)
    again = borrowed(GitHubSandbox(repo.store.path.parents[2] / "other", clock=Clock()), repo.store.path)

    for store in (repo.store, again.store):
        found = cases(store)
        sizes = {case: {len(step.blobs) for step in steps} for case, steps in found.items()}
        assert sizes == {
            Case.NEW: {44},
            Case.ONE: {1},
            Case.MANY: {20},
        }
        assert {len(steps) for steps in found.values()} == {5}
