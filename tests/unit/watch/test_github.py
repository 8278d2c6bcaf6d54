"""GitHub's releases and tags, asked of the embedded GitHub."""

import os
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.clients.http import HttpClient
from bot.clients.reach import Reach
from bot.model.dependency import GIT_REFS, GIT_TAGS, GITHUB_RELEASES, GITHUB_TAGS, Dependency, Release
from bot.model.listing import DatasourceError, NotListedError
from bot.model.secret import Secret
from bot.sandbox.clock import Clock
from bot.sandbox.faults import Faults, SecondaryRateLimit
from bot.sandbox.github import GitHubSandbox
from bot.sandbox.server import LOOPBACK, Server
from bot.watch.git_remote import GitRemotes, moved_remote
from bot.watch.git_tags import GitRefs, GitTags
from bot.watch.github import GitHubApi
from bot.watch.github_releases import GitHubReleases
from bot.watch.github_tags import GitHubTags

REPO = "actions/checkout"
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Forge:
    sandbox: GitHubSandbox
    url: str
    bare: Path
    api: GitHubApi
    faults: Faults

    def git(self, *arguments: str) -> str:
        identity = {f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        environment = {**os.environ, **identity, "GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z"}
        return subprocess.check_output(["git", "--git-dir", self.bare, *arguments], text=True, env=environment).strip()


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[Forge]:
    sandbox = GitHubSandbox(tmp_path, clock=Clock(NOW))
    sandbox.create_repo("actions", "checkout", {"action.yml": "name: Checkout\n"})
    faults = Faults(sandbox.app)
    with Server(faults) as server, HttpClient(reach=LOOPBACK, sleep=lambda _: None) as http:
        api = GitHubApi(http=http, base_url=f"{server.url}/api/v3", web_url=server.url)
        yield Forge(sandbox=sandbox, url=server.url, bare=tmp_path / "actions" / "checkout.git", api=api, faults=faults)


def dependency(datasource: str, name: str = REPO) -> Dependency:
    return Dependency(datasource=datasource, name=name)


def test_releases_come_with_their_dates_and_marks(forge: Forge) -> None:
    forge.sandbox.add_release(REPO, "v1.0.0", published_at=NOW - timedelta(days=2))
    forge.sandbox.add_release(REPO, "v2.0.0-rc.1", is_prerelease=True)

    releases = GitHubReleases(forge.api).releases(dependency(GITHUB_RELEASES))

    assert [(release.value, release.published_at, release.is_prerelease) for release in releases] == [
        ("v2.0.0-rc.1", NOW, True),
        ("v1.0.0", NOW - timedelta(days=2), False),
    ]
    assert {release.source_url for release in releases} == {f"{forge.url}/{REPO}"}


def test_tags_come_with_their_commits_through_all_pages(forge: Forge) -> None:
    head = forge.git("rev-parse", "main")
    for number in range(230):
        forge.git("update-ref", f"refs/tags/v1.{number}", head)
    forge.git("tag", "-a", "-m", "annotated", "v2", head)

    releases = GitHubTags(forge.api).releases(dependency(GITHUB_TAGS))

    assert len(releases) == 231
    assert {release.digest for release in releases} == {head}
    assert GitHubTags(forge.api).describe(releases[0]) == releases[0]
    assert forge.faults.count() == 3


@pytest.mark.parametrize(
    ("tag", "published_at"), [("light", None), ("annotated", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)), ("twice", None), ("a/b", None)]
)
def test_a_tag_is_described_by_its_commit(forge: Forge, tag: str, published_at: datetime | None) -> None:
    head = forge.git("rev-parse", "main")
    forge.git("tag", "light", head)
    forge.git("tag", "a/b", head)
    forge.git("tag", "-a", "-m", "x", "annotated", head)
    forge.git("tag", "-a", "-m", "x", "twice", "annotated")

    described = GitHubTags(forge.api).describe(Release(dependency=dependency(GITHUB_TAGS), value=tag))

    assert described.digest == head
    if tag != "twice":
        assert described.published_at == published_at


def test_a_floating_tag_moves(forge: Forge) -> None:
    datasource = GitHubTags(forge.api)
    forge.sandbox.add_tag(REPO, "v4")
    before = datasource.describe(Release(dependency=dependency(GITHUB_TAGS), value="v4"))
    forge.sandbox.commit_files(REPO, {"action.yml": "name: New\n"}, message="move")
    forge.sandbox.add_tag(REPO, "v4")

    after = datasource.describe(Release(dependency=dependency(GITHUB_TAGS), value="v4"))

    assert before.digest != after.digest == forge.git("rev-parse", "main")


def test_a_tag_that_stands_for_no_commit_is_an_error(forge: Forge) -> None:
    blob = forge.git("rev-parse", "main:action.yml")
    forge.git("tag", "blob", blob)

    with pytest.raises(DatasourceError, match="stands for no commit"):
        GitHubTags(forge.api).describe(Release(dependency=dependency(GITHUB_TAGS), value="blob"))


@pytest.mark.parametrize(
    ("name", "error"),
    [
        pytest.param("actions/none", NotListedError, id="no such repo"),
        pytest.param("actions", DatasourceError, id="no owner"),
        pytest.param("../actions/checkout", DatasourceError, id="path"),
        pytest.param("../..", DatasourceError, id="dots"),
        pytest.param("a/b?x=1", DatasourceError, id="query"),
    ],
)
def test_what_is_not_there_is_an_error(forge: Forge, name: str, error: type[DatasourceError]) -> None:
    for datasource in (GitHubReleases(forge.api), GitHubTags(forge.api)):
        with pytest.raises(error):
            datasource.releases(dependency(datasource.name, name))


def test_the_secondary_limit_is_temporary(forge: Forge) -> None:
    forge.faults.switch_on("GET *", SecondaryRateLimit(retry_after=timedelta(seconds=60)))

    with pytest.raises(DatasourceError, match=r"secondary rate limit\. Ask again in 60 s") as caught:
        GitHubTags(forge.api).releases(dependency(GITHUB_TAGS))

    assert caught.value.is_temporary


def test_the_primary_limit_says_when_it_resumes() -> None:
    async def limited(_: Request) -> Response:
        headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1767603600"}
        return JSONResponse({"message": "API rate limit exceeded"}, status_code=403, headers=headers)

    with Server(Starlette(routes=[Route("/{path:path}", limited)])) as server, HttpClient(reach=LOOPBACK, sleep=pytest.fail) as http:
        api = GitHubApi(http=http, base_url=server.url)
        with pytest.raises(DatasourceError, match="resumes at 2026-01-05 09:00:00 UTC") as caught:
            GitHubTags(api).releases(dependency(GITHUB_TAGS))

    assert caught.value.is_temporary


def test_the_token_of_the_moment_is_shown(forge: Forge) -> None:
    shown: list[str | None] = []

    async def handler(request: Request) -> Response:
        shown.append(request.headers.get("authorization"))
        return JSONResponse([])

    tokens = iter([Secret("one"), Secret("two")])
    with Server(Starlette(routes=[Route("/{path:path}", handler)])) as server:
        datasource = GitHubTags(GitHubApi(http=forge.api.http, base_url=server.url, token=lambda: next(tokens)))
        for _ in range(2):
            datasource.releases(dependency(GITHUB_TAGS))

    assert shown == ["Bearer one", "Bearer two"]


def test_the_token_stays_with_its_host() -> None:
    shown: list[str | None] = []

    async def elsewhere(request: Request) -> Response:
        shown.append(request.headers.get("authorization"))
        return JSONResponse([], headers={} if request.url.query else {"link": '</page?page=2>; rel="next"'})

    with Server(Starlette(routes=[Route("/{path:path}", elsewhere)])) as other:

        async def redirecting(_: Request) -> Response:
            return Response(status_code=302, headers={"location": f"http://localhost:{other.port}/page"})

        with (
            Server(Starlette(routes=[Route("/{path:path}", redirecting)])) as server,
            HttpClient(reach=LOOPBACK, sleep=pytest.fail) as http,
        ):
            GitHubTags(GitHubApi(http=http, base_url=server.url, token=lambda: Secret("one"))).releases(dependency(GITHUB_TAGS))

    assert shown == [None, None]


@pytest.mark.parametrize("body", [{"message": "x"}, [{"name": 1}, 2, None], [{"name": "v1", "commit": {"sha": "--evil"}}]], ids=repr)
def test_odd_answers_are_errors_or_nothing(forge: Forge, body: object) -> None:
    async def handler(_: Request) -> Response:
        return JSONResponse(body)

    with Server(Starlette(routes=[Route("/{path:path}", handler)])) as server:
        datasource = GitHubTags(GitHubApi(http=forge.api.http, base_url=server.url))
        if isinstance(body, dict):
            with pytest.raises(DatasourceError, match="no JSON list"):
                datasource.releases(dependency(GITHUB_TAGS))
        else:
            assert all(release.digest is None for release in datasource.releases(dependency(GITHUB_TAGS)))


class TestGitRemotes:
    """The same repos by the git protocol."""

    def test_tags_are_peeled(self, forge: Forge) -> None:
        head = forge.git("rev-parse", "main")
        forge.git("tag", "light", head)
        forge.git("tag", "-a", "-m", "x", "annotated", head)
        datasource = GitTags(GitRemotes(reach=LOOPBACK))
        remote = dependency(GIT_TAGS, f"{forge.url}/{REPO}.git")

        releases = datasource.releases(remote)

        assert {release.value: release.digest for release in releases} == {"light": head, "annotated": head}
        assert datasource.describe(Release(dependency=remote, value="annotated")).digest == head
        with pytest.raises(NotListedError, match="refs/tags/none is not there"):
            datasource.describe(Release(dependency=remote, value="none"))

    def test_branches_have_the_commit_of_their_head(self, forge: Forge) -> None:
        head = forge.git("rev-parse", "main")
        remote = dependency(GIT_REFS, f"{forge.url}/{REPO}.git")
        datasource = GitRefs(GitRemotes(reach=LOOPBACK))

        assert {release.value: release.digest for release in datasource.releases(remote)} == {"main": head}
        assert datasource.describe(Release(dependency=remote, value="main")).digest == head

    def test_a_repo_that_is_not_there_is_an_error(self, forge: Forge) -> None:
        with pytest.raises(DatasourceError, match="git ls-remote failed") as caught:
            GitTags(GitRemotes(reach=LOOPBACK)).releases(dependency(GIT_TAGS, f"{forge.url}/actions/none.git"))
        assert caught.value.is_temporary

    def test_without_a_network_the_network_is_named(self, tmp_path: Path) -> None:
        program = tmp_path / "git"
        program.write_text('#!/bin/sh\necho "fatal: unable to access: Could not resolve host: forge.example" >&2\nexit 128\n')
        program.chmod(0o755)
        remotes = GitRemotes(reach=LOOPBACK, environment={"PATH": f"{tmp_path}:/bin:/usr/bin"})

        with pytest.raises(DatasourceError, match=r"there is no network\. Check the address and the network"):
            GitTags(remotes).releases(dependency(GIT_TAGS, "http://127.0.0.1:9/repo.git"))

    def test_a_remote_that_says_nothing_is_given_up(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            remote = dependency(GIT_TAGS, f"http://127.0.0.1:{silent.getsockname()[1]}/repo.git")
            with pytest.raises(DatasourceError, match="it took too long"):
                GitTags(GitRemotes(reach=LOOPBACK, timeout=timedelta(seconds=0.3))).releases(remote)

    @pytest.mark.parametrize(
        "url",
        [
            "--upload-pack=touch /tmp/x",
            "-oProxyCommand=x",
            "ext::sh -c touch% /tmp/x",
            "file:///etc",
            "/etc",
            "../repo",
            "ssh://-oProxyCommand=x/repo",
            "ssh://-oProxyCommand=x@host/repo",
            "-user@host:repo",
            "user@-host:repo",
            "git@host:-repo",
            "https://user:password@host/repo",
            "https://host/re po",
            "https://host/repo\n--x",
            "https://host\\@evil/repo",
            "fd::17/foo",
            "",
        ],
    )
    def test_a_hostile_address_reaches_no_program(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("subprocess.Popen", pytest.fail)

        with pytest.raises(DatasourceError, match="no address of a git remote"):
            GitTags(GitRemotes(reach=LOOPBACK)).releases(dependency(GIT_TAGS, url))

    @pytest.mark.parametrize(
        "url",
        [
            "https://gitlab.com/group/sub/repo",
            "git@git.example.org:team/repo.git",
            "ssh://git@[::1]:2222/~team/repo",
            "https://token@host/repo.git",
        ],
    )
    def test_usual_addresses_are_let_through(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[list[str]] = []

        def refuse(command: list[str], **_: object) -> None:
            asked.append(command)
            raise OSError(1, "stopped here")

        monkeypatch.setattr("subprocess.Popen", refuse)

        reach = Reach(resolve=lambda *_, **__: [(0, 0, 0, "", ("93.184.215.14", 443)), (0, 0, 0, "", ("2606:2800:21f::1", 443))])
        with pytest.raises(DatasourceError, match="git can't be started: stopped here"):
            GitTags(GitRemotes(reach=reach)).releases(dependency(GIT_TAGS, url))
        (command,) = asked
        assert command[-5:] == ["ls-remote", "--quiet", "--", url, "refs/tags/*"]
        host = url.partition("://")[2].rpartition("@")[2].partition("/")[0]
        pinned = ["-c", f"http.curloptResolve={host}:443:93.184.215.14,[2606:2800:21f::1]", "-c", "http.followRedirects=false"]
        assert command[1:-5] == (pinned if url.startswith("https") else [])

    @pytest.mark.parametrize(
        "url",
        ["https://metadata.example/repo", "ssh://git@metadata.example/repo", "git@metadata.example:team/repo", "git://metadata.example/r"],
    )
    def test_a_host_that_may_not_be_asked_reaches_no_program(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("subprocess.Popen", pytest.fail)
        reach = Reach(resolve=lambda *_, **__: [(0, 0, 0, "", ("169.254.169.254", 443))])

        with pytest.raises(
            DatasourceError, match=r"metadata.example stands for 169.254.169.254, a link-local address.*network.private_hosts"
        ):
            GitTags(GitRemotes(reach=reach)).releases(dependency(GIT_TAGS, url))

    def test_a_remote_that_moved_is_followed_to_where_it_may_be_asked(self, forge: Forge) -> None:
        head = forge.git("rev-parse", "main")

        async def moved(request: Request) -> Response:
            target = forge.url if request.url.path.startswith("/old") else "http://localhost:1"
            return Response(status_code=301, headers={"location": f"{target}/{REPO}.git/info/refs?{request.url.query}"})

        with Server(Starlette(routes=[Route("/{path:path}", moved)])) as server, HttpClient(reach=LOOPBACK, sleep=pytest.fail) as http:
            remotes = GitRemotes(reach=LOOPBACK, moved=lambda url: moved_remote(http, url))
            releases = GitRefs(remotes).releases(dependency(GIT_REFS, f"{server.url}/old/repo.git"))
            assert {release.value: release.digest for release in releases} == {"main": head}

            away = Reach(named=frozenset({f"127.0.0.1:{server.port}"}))
            with HttpClient(reach=away, sleep=pytest.fail) as narrow:
                remotes = GitRemotes(reach=away, moved=lambda url: moved_remote(narrow, url))
                with pytest.raises(DatasourceError, match="moved to where it is not followed"):
                    GitRefs(remotes).releases(dependency(GIT_REFS, f"{server.url}/old/repo.git"))
