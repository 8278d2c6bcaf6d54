"""Lists of what runs that lie at GitHub: in a workflow's artifact, on a branch; and that nothing is said to be empty that can't be had."""

import io
import json
import zipfile
from contextlib import ExitStack
from datetime import timedelta

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from bot.clients.github.stored_lists import StoredLists
from bot.clients.http import HttpClient, HttpLimits
from bot.clients.reach import Reach
from bot.model.failure import Failure
from bot.model.secret import Secret
from bot.sandbox.clock import Clock
from bot.sandbox.github.sandbox import BOT_TOKEN, GitHubSandbox
from bot.sandbox.server import Server
from bot.settings.fault import SettingsError
from bot.wiring.inventories import ENDINGS, Inventories
from tests.unit.settings.reading import load
from tests.unit.track.deployments.lists import NOW, STAGE_OF, container, of_kubectl, pod

OPS = "acme/ops"
PODS = json.dumps(of_kubectl(pod())).encode()
WORKFLOW = {".github/workflows/list.yml": "on: {workflow_dispatch: {}}\n", "lists/prod.json": PODS.decode(), "lists/readme.md": "x"}


def archive(**files):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in (files or {"prod.json": PODS}).items():
            made.writestr(name.replace("_json", ".json"), data)
    return sink.getvalue()


class World:
    def __init__(self, stack, folder):
        self.clock = Clock(NOW - timedelta(hours=5))
        self.github = GitHubSandbox(folder, clock=self.clock)
        self.github.create_repo("acme", "ops", WORKFLOW)
        self.tokens = []
        self.asked = []
        self.server = stack.enter_context(Server(self.github.app))
        self.storage = stack.enter_context(Server(Starlette(routes=[Route("/{name}", self._archive)])))
        self.github.world.artifact_storage = self.storage.url
        named = frozenset(url.removeprefix("http://") for url in (self.server.url, self.storage.url))
        reach = Reach(named=named, plain_http=named)
        self.http = stack.enter_context(HttpClient(reach=reach, limits=HttpLimits(tries=1)))
        self.folder = folder
        self.max_bytes = 1 << 20

    def _archive(self, request):
        """Another host: it gives what lies there to whoever has the address, and sees what came along."""
        self.asked.append(dict(request.headers))
        number = request.path_params["name"].removesuffix(".zip")
        return Response(next(one.data for one in self.github.repo(OPS).artifacts if str(one.id) == number))

    def upload(self, data=None, *, name="inventory", conclusion="success", ref="main", **more):
        start = f"{self.server.url}/api/v3/repos/{OPS}/actions/workflows/list.yml/dispatches"
        httpx.post(start, json={"ref": ref}, headers={"authorization": f"Bearer {BOT_TOKEN}"}).raise_for_status()
        run = self.github.repo(OPS).runs[-1]
        if conclusion:
            self.github.end_run(OPS, run.id, conclusion)
        made = self.github.upload(OPS, name, archive() if data is None else data, run=run.id, **more)
        self.clock.advance(timedelta(minutes=10))
        return made

    def read(self, entry="{artifact: {repo: acme/ops, name: inventory}}", token=BOT_TOKEN):
        stored = StoredLists(
            self.http,
            f"{self.server.url}/api/v3",
            lambda owner: self.tokens.append(owner) or (Secret(token) if token else None),
            endings=ENDINGS,
            max_bytes=self.max_bytes,
        )
        settings = load(self.folder, f"track:\n  inventories:\n  - {entry}\n")
        return list(Inventories(settings=settings, stage_of=STAGE_OF, stored=stored).read(now=NOW))


@pytest.fixture
def world(tmp_path):
    with ExitStack() as stack:
        yield World(stack, tmp_path)


def test_the_newest_artifact_whose_run_succeeded_with_its_age(world):
    world.upload(archive(prod_json=json.dumps(of_kubectl(pod(container(image="ghcr.io/acme/shop:0"))))))
    made = world.upload()
    world.upload(b"x", conclusion="failure")
    world.upload(b"x", conclusion="")
    world.upload(b"x", name="other")
    world.upload(b"x", is_of_fork=True)

    ((name, read),) = world.read()

    assert name == "acme/ops artifact inventory: prod.json"
    (found,) = read.deployments
    assert (found.image.tag, found.as_of) == ("1.4.2", made.created_at)
    assert set(world.tokens) == {"acme"}


def test_the_token_goes_to_github_alone(world):
    world.upload()
    world.read()

    (headers,) = world.asked
    assert "authorization" not in headers


def test_a_branch_of_a_pull_request_does_not_count(world):
    world.github.commit_files(OPS, {"a": "b"}, message="x", branch="feature")
    world.upload(ref="feature")

    ((_, failure),) = world.read()

    assert "no artifact 'inventory' is of a run of main that succeeded" in str(failure)


def test_one_that_is_old_tells_nothing(world):
    world.upload()

    settings = "{artifact: {repo: acme/ops, name: inventory}, max_age_days: 0.1}"
    ((_, read),) = world.read(settings)

    assert read.deployments == ()
    assert "fetch it anew" in read.problems[0]


BAD = {
    "no archive": (b"x", "it is no zip archive"),
    "a bomb": (archive(prod_json=b" " * (50 << 20)), "the archive holds more than 1 MiB"),
    "several that are too much together": (archive(**{f"{n}_json": b" " * 900_000 for n in range(3)}), "holds more than 1 MiB"),
    "too many files": (archive(**{f"{n}_json": b"{}" for n in range(101)}), "has more than 100 lists"),
    "nothing in it": (archive(notes=b"x"), "holds no list"),
    "broken inside": (archive()[:-40] + b"\0" * 40, "it is no zip archive"),
}


@pytest.mark.parametrize(("data", "said"), BAD.values(), ids=BAD.keys())
def test_what_is_no_good_is_told(world, data, said):
    world.upload(data)

    told = world.read()

    assert [type(one) for _, one in told] == [Failure]
    assert "what runs by it is not known" in str(told[0][1])
    assert said in str(told[0][1])


def test_what_expired_is_told(world):
    world.upload().is_expired = True

    ((_, failure),) = world.read()

    assert "has expired" in str(failure)


DENIED = {
    "no such repo": "{artifact: {repo: acme/gone, name: inventory}}",
    "no such file": "{branch: {repo: acme/ops, ref: main, path: gone.json}}",
    "no such branch": "{branch: {repo: acme/ops, ref: gone, path: lists/prod.json}}",
    "no artifact": "{artifact: {repo: acme/ops, name: gone}}",
}


@pytest.mark.parametrize("entry", DENIED.values(), ids=DENIED.keys())
def test_what_is_not_there_or_denied_is_not_known(world, entry):
    ((_, failure),) = world.read(entry)

    assert isinstance(failure, Failure)
    assert "what runs by it is not known" in str(failure)


@pytest.mark.parametrize("path", ["lists/prod.json", "lists"])
def test_a_list_on_a_branch_is_as_old_as_its_commit(world, path):
    committed = world.clock()
    world.clock.advance(timedelta(hours=2))
    world.github.commit_files(OPS, {"other": "x"}, message="x")

    ((name, read),) = world.read(f"{{branch: {{repo: acme/ops, ref: main, path: {path}}}}}")

    assert name == "acme/ops@main: lists/prod.json"
    (found,) = read.deployments
    assert found.as_of == committed.replace(microsecond=0)


def test_one_on_a_branch_that_is_too_large_is_not_read(world):
    world.max_bytes = 10

    ((_, failure),) = world.read("{branch: {repo: acme/ops, ref: main, path: lists/prod.json}}")

    assert "it has more than" in str(failure)


def test_over_a_folder_of_clones_nobody_is_asked(tmp_path):
    settings = load(tmp_path, "track:\n  inventories:\n  - {artifact: {repo: acme/ops, name: inventory}}\n")

    ((_, failure),) = Inventories(settings=settings, stage_of=STAGE_OF).read(now=NOW)

    assert "GitHub is not asked" in str(failure)


@pytest.mark.parametrize("entry", ["{stage: qa}", "{path: x, branch: {repo: acme/ops, ref: main, path: x}}"])
def test_a_list_lies_in_one_place(tmp_path, entry):
    with pytest.raises(SettingsError, match="set one of path, artifact and branch"):
        load(tmp_path, f"track:\n  inventories:\n  - {entry}\n")
