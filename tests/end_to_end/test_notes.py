"""What a whole run shows of a source's own words, and what it asks for them."""

import gzip
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.model.pull_request import Outcome
from bot.sandbox.faults import Faults
from bot.sandbox.registry import Access
from bot.sandbox.server import Server
from tests.end_to_end.conftest import Acme, outcomes, run
from tests.images import archive

SOURCE = "org.opencontainers.image.source"
REVISION = "org.opencontainers.image.revision"
CHANGELOG = """\
# Changelog

## [1.2.0] - 2026-05-06
Ask @octocat, closes #1 <img src="https://e.example/beacon">

## [1.1.0] - 2026-05-01
Middle.

## [1.0.0] - 2026-04-01
In use already.
"""


def publish(acme: Acme, tag: str, *, name: str = "tool", revision: str = "", version: str = "") -> str:
    """An image that names the repo that it was built from."""
    acme.registry.gate.access = Access.OPEN
    labels = {SOURCE: "https://github.com/up/stream", **({REVISION: revision} if revision else {})}
    return acme.registry.push_image(
        f"docker.io/acme/{name}", tag, labels=labels, layers=[{"etc/built": f"{tag} {revision} {version}".encode()}]
    )


def commit(acme: Acme, *subjects: str) -> str:
    """The head of the source after some commits."""
    for number, subject in enumerate(subjects):
        head = acme.github.commit_files("up/stream", {f"file-{number}": subject}, message=f"{subject}\n\nWhy.")
    return head


def body(acme: Acme) -> str:
    return acme.github.issue("acme/shop", 1).body


@pytest.fixture
def shop(acme: Acme) -> Acme:
    acme.github.create_repo("up", "stream", {"README.md": "upstream\n"})
    acme.github.create_repo("acme", "shop", {"Dockerfile": "FROM acme/tool:1.0.0\n"})
    return acme


def asked(acme: Acme) -> dict[str, int]:
    return {route.replace("/api/v3/repos/up/stream", ""): count for route, count in acme.faults.requests.items() if "/up/stream" in route}


def test_a_changelog_stands_in_for_releases_that_there_are_none_of(shop):
    shop.github.commit_files("up/stream", {"docs/CHANGELOG.md": CHANGELOG}, message="Notes")
    for tag in ("1.0.0", "1.1.0", "1.2.0"):
        publish(shop, tag)

    first = run(shop)
    costs = asked(shop)
    second = run(shop)

    assert [outcome for summary in (first, second) for _, outcome in outcomes(summary)] == [Outcome.OPENED, Outcome.UNCHANGED]
    assert "- The release notes below are sections of its `docs/CHANGELOG.md`" in body(shop)
    assert "> Ask @\u200boctocat, c\u200bloses #\u200b1" in body(shop)
    assert "Middle." in body(shop)
    assert "In use already." not in body(shop)
    assert "<img" not in body(shop)
    assert costs == {"GET /releases": 1, "GET /contents": 1, "GET /contents/docs": 1, "GET /contents/docs/CHANGELOG.md": 1}
    assert asked(shop) == {}


def test_a_rebuilt_tag_shows_the_commits_between(shop):
    old = shop.github.repo("up/stream").store.head("main")
    was = publish(shop, "1.0.0", revision=old)
    shop.github.commit_files("acme/shop", {"Dockerfile": f"FROM acme/tool:1.0.0@{was}\n"}, message="Pin")
    new = commit(shop, "Mend the parser, closes #7", *(f"Step {number} by @octocat" for number in range(11)))
    publish(shop, "1.0.0", revision=new)

    run(shop)

    compare = f"https://github.com/up/stream/compare/{old}...{new}"
    assert "- 12 commits between the sources of the two\n" in body(shop)
    assert "<details><summary>Commits (12)</summary>" in body(shop)
    assert "- Mend the parser, closes #\u200b7" in body(shop)
    assert f"- [and 2 more]({compare})" in body(shop)
    assert "@octocat" not in body(shop)
    assert asked(shop) == {f"GET /compare/{old}...{new}": 1}


@pytest.mark.parametrize(("revision", "is_told"), [pytest.param("a" * 40, True, id="named"), pytest.param("", False, id="not named")])
def test_a_pure_rebuild_is_told_where_it_is_known(shop, revision, is_told):
    was = publish(shop, "1.0.0", revision=revision, version="one")
    shop.github.commit_files("acme/shop", {"Dockerfile": f"FROM acme/tool:1.0.0@{was}\n"}, message="Pin")
    publish(shop, "1.0.0", revision=revision, version="two")

    run(shop)

    assert ("A pure rebuild: both images say that they were built from the same commit, `aaaaaaaaaaaa`" in body(shop)) is is_told
    assert asked(shop) == {}


def test_what_the_configuration_names_is_believed_first(shop):
    shop.config.write_text(f"{shop.config.read_text()}sources: [{{match: [docker.io/acme/*], repo: up/*, tag_prefix: tool-}}]\n")
    shop.github.create_repo("up", "tool", {"README.md": "upstream\n"})
    for tag, text in (("tool-1.1.0", "Ours."), ("v1.1.0", "Theirs.")):
        shop.github.add_release("up/tool", tag, body=text)
    for tag in ("1.0.0", "1.1.0"):
        publish(shop, tag)

    run(shop)

    assert "> Ours." in body(shop)
    assert "Theirs." not in body(shop)
    assert asked(shop) == {}


def test_notes_that_are_not_published_yet_are_said_to_be_so(shop):
    shop.github.add_release("up/stream", "v1.0.0", body="Old.")
    for tag in ("1.0.0", "1.1.0"):
        publish(shop, tag)

    run(shop)

    assert "- Its source has not published the notes of this version yet" in body(shop)


VALUES = """\
image: {{repository: ghcr.io/acme/api, tag: "{tag}"}}
replicas: {replicas}
{more}
"""
OLD_CHART = {
    "api/Chart.yaml": b"apiVersion: v2\nappVersion: 1.0.0\nkubeVersion: '>=1.25'\ndependencies: [{name: redis, version: 18.0.0}]\n",
    "api/values.yaml": VALUES.format(tag="1.0.0", replicas=1, more="legacy: {enabled: true, port: 80}").encode(),
}
NEW_CHART = {
    "api/Chart.yaml": b"apiVersion: v2\nappVersion: 1.2.0\nkubeVersion: '>=1.29'\ndependencies: [{name: redis, version: 19.0.0}]\n",
    "api/values.yaml": VALUES.format(tag="1.2.0", replicas=2, more="metrics: {enabled: false, port: 9090}").encode(),
}
CHANGES = (
    "- kind: security\n  description: Mends a hole, thanks @octocat\n  links: [{name: Issue, url: 'https://github.com/a/b/issues/1'}]\n"
)
APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
spec:
  source: {repoURL: "%s", chart: api, targetRevision: 1.0.0}
"""
SHOWN = (
    "- ⚠️ **It asks for Kubernetes `>=1.29` from now on (it was `>=1.25`)**",
    "- ⚠️ **2 values (`legacy`) are gone from its defaults: setting them may have no effect any more**",
    "- Installs `1.2.0` (it was `1.0.0`, says appVersion)",
    "- Image `ghcr.io/acme/api`: `1.0.0` → `1.2.0`",
    "- Depends on `redis`: `18.0.0` → `19.0.0`",
    "<details><summary>Defaults that change (2 removed, 2 changed, 2 added)</summary>",
    "| changed | `replicas` | `1` | `2` |",
    "| added | `metrics` |  | 2 values |",
    "<details><summary>Changes, as the chart tells them (2)</summary>",
    "- `1.1.0`: Between the two",
    "- `1.2.0`: security: Mends a hole, thanks @\u200boctocat ([Issue](https://redirect.github.com/a/b/issues/1))",
)


def not_shown(acme: Acme) -> list[str]:
    return [text for text in SHOWN if text not in body(acme)]


def test_a_chart_of_a_registry_shows_what_becomes_of_its_defaults(acme):
    acme.registry.gate.access = Access.OPEN
    for version, files, changes in (("1.0.0", OLD_CHART, ""), ("1.1.0", OLD_CHART, "- Between the two\n"), ("1.2.0", NEW_CHART, CHANGES)):
        annotations = {"annotations": {"artifacthub.io/changes": changes}}
        acme.registry.push_chart("docker.io/acme/api", version, chart=annotations, files=files)
    acme.github.create_repo("acme", "shop", {"app.yaml": APPLICATION % "registry-1.docker.io/acme"})

    first = run(acme)
    packages = [route for route in acme.registry.faults.requests if "/blobs/" in route]
    second = run(acme)

    assert [outcome for summary in (first, second) for _, outcome in outcomes(summary)] == [Outcome.OPENED, Outcome.UNCHANGED]
    assert not_shown(acme) == []
    assert len(packages) == 2
    assert acme.registry.faults.requests == {"GET /v2/docker.io/acme/api/tags/list": 1}


def index(*versions: tuple[str, bytes, str]) -> str:
    entries = [
        {
            "version": version,
            "urls": [f"api-{version}.tgz"],
            "digest": hashlib.sha256(package).hexdigest(),
            "annotations": {"artifacthub.io/changes": changes},
        }
        for version, package, changes in versions
    ]
    return json.dumps({"apiVersion": "v1", "entries": {"api": entries}})


@contextmanager
def chart_repository(files: dict[str, bytes]) -> Iterator[tuple[str, Faults]]:
    async def answer(request: Request) -> Response:
        found = files.get(request.path_params["name"])
        return Response(found or b"", status_code=404 if found is None else 200, headers={"etag": '"one"'})

    faults = Faults(Starlette(routes=[Route("/{name}", answer)]))
    with Server(faults) as server:
        yield server.url, faults


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        pytest.param({}, (), id="whole"),
        pytest.param({"api-1.0.0.tgz": None}, ("Not compared: the package of api 1.0.0: GET",), id="the old one is gone"),
        pytest.param(
            {"api-1.2.0.tgz": b"<html>"},
            ("Not compared: the package of api 1.2.0: ", "is not the one that the index names"),
            id="another one",
        ),
    ],
)
def test_a_chart_of_a_repository_shows_as_much_as_can_be_read(acme, broken, told):
    old, new = archived(OLD_CHART), archived(NEW_CHART)
    packages = {"1.0.0": old, "1.1.0": old, "1.2.0": new}
    files = {f"api-{version}.tgz": package for version, package in packages.items()}
    listed = index(
        ("1.2.0", packages["1.2.0"], CHANGES), ("1.1.0", packages["1.1.0"], "- Between the two"), ("1.0.0", packages["1.0.0"], "")
    )
    served = {name: data for name, data in {**files, "index.yaml": listed.encode(), **broken}.items() if data is not None}
    with chart_repository(served) as (url, faults):
        host = url.removeprefix("http://")
        acme.config.write_text(f"{acme.config.read_text()}network: {{private_hosts: [{host.partition(':')[0]}]}}\n", encoding="utf-8")
        acme.github.create_repo("acme", "shop", {"app.yaml": APPLICATION % url})
        run(acme)
        asked = dict(faults.requests)
        faults.forget()
        run(acme)

    if not broken:
        assert not_shown(acme) == []
        assert asked == {"GET /index.yaml": 2, "GET /api-1.0.0.tgz": 1, "GET /api-1.2.0.tgz": 1}
    else:
        # Half of what is told is no ground to call anything new or gone.
        assert "Depends on" not in body(acme)
        assert "Kubernetes" not in body(acme)
    assert [text for text in told if text not in body(acme)] == []
    assert "- `1.1.0`: Between the two" in body(acme)
    assert faults.requests == {"GET /index.yaml": 1}


def archived(files: dict[str, bytes]) -> bytes:
    return gzip.compress(archive(*files.items()), mtime=0)
