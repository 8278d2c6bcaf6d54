"""Charts of HTTP repositories, whose index may be hostile and huge."""

import io
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.clients.http import HttpClient
from bot.clients.reach import Reach
from bot.model.dependency import HELM, Dependency
from bot.model.listing import DatasourceError, NotListedError
from bot.sandbox.faults import Faults
from bot.sandbox.server import LOOPBACK, Server
from bot.watch.helm import HelmRepositories, read_index
from tests.registries import OneLogin

INDEX = """\
apiVersion: v1
entries:
  redis:
  - apiVersion: v2
    appVersion: 7.2.4
    annotations: {category: Database, images: "- name: redis\\n  version: 9.9.9\\n"}
    created: "2024-03-04T05:06:07.123456789+01:00"
    dependencies:
    - name: common
      version: 2.x.x
      repository: https://charts.example.org/
    description: version of nothing
    home: https://example.org/redis
    name: redis
    sources: [https://git.example.org/redis, https://other.example.org]
    urls: [https://charts.example.org/redis-18.0.0.tgz]
    version: 18.0.0
  - {version: 17.9.1, created: 2023-01-01T00:00:00Z, deprecated: true, home: "javascript:alert(1)"}
  - name: no version
  empty: []
  nothing: null
  other:
  - version: 1.0.0
    maintainers: [{name: a, version: 5.0.0}]
generated: "2024-03-05T00:00:00Z"
"""


@contextmanager
def serving(index: bytes | str, *, status: int = 200) -> Iterator[tuple[str, Faults, list[str | None]]]:
    shown: list[str | None] = []

    async def answer(request: Request) -> Response:
        shown.append(request.headers.get("authorization"))
        return Response(index, status_code=status)

    faults = Faults(Starlette(routes=[Route("/stable/index.yaml", answer)]))
    with Server(faults) as server:
        yield f"{server.url}/stable", faults, shown


def chart(url: str, name: str) -> Dependency:
    return Dependency(datasource=HELM, name=f"{url}#{name}")


def test_a_chart_has_the_versions_of_its_own_list() -> None:
    with serving(INDEX) as (url, _, _), HttpClient(reach=LOOPBACK) as http:
        releases = HelmRepositories(http).releases(chart(url, "redis"))

    assert [(r.value, r.published_at, r.source_url, r.deprecation) for r in releases] == [
        ("18.0.0", datetime(2024, 3, 4, 4, 6, 7, 123456, tzinfo=UTC), "https://git.example.org/redis", None),
        ("17.9.1", datetime(2023, 1, 1, tzinfo=UTC), None, "the chart is deprecated"),
    ]


def test_fields_of_deeper_mappings_are_not_the_charts() -> None:
    index = read_index(io.BytesIO(INDEX.encode()))

    assert {name: [version.version for version in versions] for name, versions in index.items()} == {
        "redis": ["18.0.0", "17.9.1"],
        "other": ["1.0.0"],
    }


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("entries: {a: [{version: 1.0.0}]}", id="flow"),
        pytest.param('{"entries": {"a": [{"version": "1.0.0", "x": {"version": "2"}}]}}', id="JSON"),
        pytest.param("x: {entries: {a: [{version: 9}]}}\nentries:\n  a:\n  - version: 1.0.0", id="entries elsewhere too"),
        pytest.param(
            "entries:\n  a:\n  - x: &x {version: 3}\n    y: *x\n    version: 1.0.0\n    ? [complex, key]\n    : value",
            id="aliases and odd keys",
        ),
        pytest.param("entries:\n  a:\n  - version: 1.0.0\n---\nentries: 5", id="a second document"),
    ],
)
def test_any_style_of_yaml_is_read(text: str) -> None:
    assert [version.version for version in read_index(io.BytesIO(text.encode()))["a"]] == ["1.0.0"]


def test_each_index_is_fetched_once() -> None:
    with serving(INDEX) as (url, faults, _), HttpClient(reach=LOOPBACK) as http:
        repositories = HelmRepositories(http)
        for name in ("redis", "other", "redis"):
            repositories.releases(chart(url, name))
        with pytest.raises(NotListedError, match="lists no chart 'none'"):
            repositories.releases(chart(f"{url}/", "none"))
        assert faults.count() == 1


def test_a_failed_index_is_asked_for_once() -> None:
    with serving("", status=404) as (url, faults, _), HttpClient(reach=LOOPBACK) as http:
        repositories = HelmRepositories(http)
        for _ in range(3):
            with pytest.raises(DatasourceError, match=r"index\.yaml: 404\. Check that it is the address of a chart repository"):
                repositories.releases(chart(url, "redis"))
        assert faults.count() == 1


LOGIN = "Basic cm9ib3Q6b3BlbiBzZXNhbWU="


@pytest.mark.parametrize(
    ("scheme", "reach", "wants_login", "shown"),
    [
        pytest.param("https", Reach(), False, [LOGIN], id="under TLS a login is shown at once, as Helm does"),
        pytest.param("http", Reach(), False, [None], id="in the clear nobody asked for it"),
        pytest.param("http", Reach(), True, [None], id="in the clear it is refused, even when asked for"),
        pytest.param(
            "http", Reach(plain_http=frozenset({"charts.example:80"})), True, [None, LOGIN], id="unless the configuration says so"
        ),
    ],
)
def test_when_a_login_is_shown(scheme: str, reach: Reach, *, wants_login: bool, shown: list[str | None]) -> None:
    seen: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("authorization"))
        return httpx.Response(401 if wants_login and seen[-1] is None else 200, text=INDEX)

    with HttpClient(transport=httpx.MockTransport(answer), reach=reach) as http:
        repositories = HelmRepositories(http, keychain=OneLogin())
        if wants_login and not reach.plain_http:
            with pytest.raises(DatasourceError, match=r"credentials are not sent without TLS.*plain_http for charts\.example"):
                repositories.releases(chart(f"{scheme}://charts.example", "redis"))
        else:
            assert repositories.releases(chart(f"{scheme}://charts.example", "redis"))

    assert seen == shown


@pytest.mark.parametrize(
    ("index", "message"),
    [
        pytest.param("entries: [", "no index of charts", id="broken"),
        pytest.param(b"entries: \xff\xfe", "no index of charts", id="not UTF-8"),
        pytest.param("entries: \x00", "no index of charts", id="control character"),
        pytest.param("[" * 10_000, r"nested deeper than 50", id="deep"),
        pytest.param("entries: " + "{a: " * 100, r"nested deeper than 50", id="deep mappings"),
        pytest.param("<html>no charts here</html>", "lists no chart", id="a web page"),
        pytest.param("", "lists no chart", id="nothing"),
        pytest.param("entries: {redis: {version: 1}}", "lists no chart", id="no list"),
        pytest.param("entries: [{version: 1}]", "lists no chart", id="no mapping"),
    ],
)
def test_what_is_no_index_is_an_error(index: str | bytes, message: str) -> None:
    with serving(index) as (url, _, _), HttpClient(reach=LOOPBACK) as http, pytest.raises(DatasourceError, match=message):
        HelmRepositories(http).releases(chart(url, "redis"))


@pytest.mark.parametrize("name", ["redis", "https://charts.example.org", "ftp://x#redis", "https://x#", "file:///etc#redis", "#redis"])
def test_what_is_no_chart_is_an_error(name: str) -> None:
    with HttpClient(reach=LOOPBACK) as http, pytest.raises(DatasourceError, match="no chart of the form"):
        HelmRepositories(http).releases(Dependency(datasource=HELM, name=name))


def test_too_many_versions_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.watch.helm._MAX_VERSIONS", 2)

    with pytest.raises(ValueError, match="more than 2 versions"):
        read_index(io.BytesIO(b"entries: {a: [{version: 1}, {version: 2}, {version: 3}]}"))


def test_a_large_index_is_never_held_whole() -> None:
    version = b"  - version: 1.0.0\n    description: " + b"x" * 4000 + b"\n"
    body = io.BytesIO(b"entries:\n  a:\n" + version * 1000)
    tracemalloc.start()

    index = read_index(body)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(index["a"]) == 1000
    assert peak_bytes < 1_000_000, "4 MB went through"
