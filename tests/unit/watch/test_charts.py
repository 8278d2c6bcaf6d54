"""Charts version by version, asked of a repository and a registry on loopback."""

import gzip
import hashlib
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.clients.http import HttpClient
from bot.clients.oci.client import RegistryClient, RegistryError
from bot.model.dependency import HELM, OCI, Dependency
from bot.model.listing import DatasourceError, NotListedError
from bot.sandbox.clock import Clock
from bot.sandbox.faults import Faults
from bot.sandbox.registry import Access, RegistrySandbox
from bot.sandbox.server import LOOPBACK, Server
from bot.watch.charts import HelmCharts, OciCharts, _entries_of

PACKAGE = gzip.compress(b"a package")
INDEX = f"""\
apiVersion: v1
? [odd, key]
: {{entries: {{api: [{{version: 9.9.9}}]}}}}
entries:
  other: [{{version: 1.0.0}}]
  api:
  - version: 1.1.0
    annotations: {{artifacthub.io/changes: "- A change"}}
    urls: [packages/api-1.1.0.tgz]
    digest: {hashlib.sha256(PACKAGE).hexdigest()}
  - {{version: 1.0.0, urls: ["REGISTRY/api:1.0.0"]}}
  - {{version: 0.9.0, urls: [packages/api-1.1.0.tgz], digest: {"0" * 64}}}
  - {{version: 0.8.0, urls: []}}
  - {{version: 0.7.0, urls: [packages/none.tgz]}}
  - odd
  - {{version: [1]}}
generated: now
"""


@contextmanager
def serving(files: Mapping[str, bytes]) -> Iterator[tuple[HelmCharts, Dependency, Faults]]:
    async def answer(request: Request) -> Response:
        body = files.get(request.path_params["path"])
        return Response(body or b"", status_code=404 if body is None else 200)

    faults = Faults(Starlette(routes=[Route("/stable/{path:path}", answer)]))
    with Server(faults) as server, HttpClient(reach=LOOPBACK, sleep=lambda _: None) as http:
        charts = HelmCharts(http, RegistryClient(http=http))
        yield charts, Dependency(datasource=HELM, name=f"{server.url}/stable#api"), faults


def test_what_an_index_tells_of_some_versions_is_one_request():
    with serving({"index.yaml": INDEX.encode()}) as (charts, dependency, faults):
        told = charts.told(dependency, ["1.1.0", "0.9.0", "3.0.0"])
        asked = faults.count()

    assert asked == 1
    assert list(told) == ["1.1.0", "0.9.0"]
    assert told["1.1.0"]["annotations"] == {"artifacthub.io/changes": "- A change"}


def test_a_package_is_proved_by_the_digest_of_the_index():
    with serving({"index.yaml": INDEX.encode(), "packages/api-1.1.0.tgz": PACKAGE}) as (charts, dependency, _):
        told = charts.told(dependency, ["1.1.0", "0.9.0", "0.8.0", "0.7.0"])

        def package(version: str, *, most: int = 1 << 20) -> bytes:
            return charts.package(dependency, version, told[version], max_bytes=most)

        assert package("1.1.0") == PACKAGE
        with pytest.raises(DatasourceError, match="not the one that the index names"):
            package("0.9.0")
        with pytest.raises(NotListedError, match=r"no package of 0\.8\.0"):
            package("0.8.0")
        with pytest.raises(NotListedError, match=r"none\.tgz: 404"):
            package("0.7.0")
        with pytest.raises(DatasourceError, match="larger than"):
            package("1.1.0", most=3)


@pytest.mark.parametrize(
    ("index", "is_broken"),
    [
        pytest.param("entries: []", False, id="no mapping"),
        pytest.param("entries: {api: text}", False, id="no list"),
        pytest.param("entries: {api: {version: 1.0.0}}", False, id="a mapping for a list"),
        pytest.param("- entries", False, id="no mapping at all"),
        pytest.param("", False, id="nothing"),
        pytest.param("entries: {api: [", True, id="broken"),
        pytest.param("entries: {api: [" + "[" * 60 + "]" * 60 + "]}", True, id="deep"),
    ],
)
def test_an_odd_index_tells_nothing(index, is_broken):
    with serving({"index.yaml": index.encode() or b"\n"}) as (charts, dependency, _):
        if is_broken:
            with pytest.raises(DatasourceError, match="the index can't be read"):
                charts.told(dependency, ["1.0.0"])
        else:
            assert charts.told(dependency, ["1.0.0"]) == {}


def test_a_large_index_is_held_in_no_more_than_what_is_wanted():
    many = "".join(f"  - {{version: 1.0.{number}, a: {{b: [c]}}}}\n" for number in range(5_000))
    index = f"entries:\n  other:\n{many}  api:\n{many}"

    assert list(dict(_entries_of(io.BytesIO(index.encode()), "api", {"1.0.7"}))) == ["1.0.7"]


@pytest.fixture
def registry() -> Iterator[tuple[RegistrySandbox, RegistryClient, str]]:
    sandbox = RegistrySandbox(clock=Clock())
    sandbox.gate.access = Access.OPEN
    with Server(sandbox.app) as server, HttpClient(reach=LOOPBACK, sleep=lambda _: None) as http:
        yield sandbox, RegistryClient(http=http), f"127.0.0.1:{server.port}"


def test_charts_of_a_registry(registry):
    sandbox, client, host = registry
    sandbox.push_chart("acme/api", "1.0.0", files={"api/values.yaml": b"a: 1\n"})
    sandbox.push_image("acme/api", "2.0.0")
    charts, dependency = OciCharts(client), Dependency(datasource=OCI, name=f"{host}/acme/api")

    assert list(charts.told(dependency, ["1.0.0", "1.5.0"])) == ["1.0.0"]
    assert charts.package(dependency, "1.0.0", None, max_bytes=1 << 20)[:2] == b"\x1f\x8b"
    with pytest.raises(NotListedError, match="no chart stands there"):
        charts.package(dependency, "2.0.0", None, max_bytes=1 << 20)
    with pytest.raises(RegistryError, match="larger than 5 bytes"):
        charts.package(dependency, "1.0.0", None, max_bytes=5)


def test_an_index_may_name_a_package_in_a_registry(registry):
    sandbox, client, host = registry
    sandbox.push_chart("acme/api", "1.0.0", files={"api/values.yaml": b"a: 1\n"})
    with HttpClient(reach=LOOPBACK) as http:
        charts = HelmCharts(http, client)
        told = {"urls": [f"oci://{host}/acme/api:1.0.0"]}

        dependency = Dependency(datasource=HELM, name="https://charts.example.org#api")
        assert charts.package(dependency, "1.0.0", told, max_bytes=1 << 20)[:2] == b"\x1f\x8b"
        with pytest.raises(DatasourceError, match="Correct the name"):
            charts.package(dependency, "1.0.0", {"urls": ["oci://UPPER CASE"]}, max_bytes=1)
