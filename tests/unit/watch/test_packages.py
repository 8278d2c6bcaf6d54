"""deps.dev and endoflife.date, in the wire formats that their own descriptions give (api/v3/api.proto; api_v1/openapi.yml)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.clients.http import HttpClient
from bot.clients.oci.client import RegistryClient
from bot.model import dependency as words
from bot.model.dependency import DEPS_DEV, ENDOFLIFE, GOLANG, TERRAFORM_MODULE, Dependency, Release
from bot.model.listing import DatasourceError, NotListedError
from bot.sandbox.server import Server
from bot.watch import datasources
from bot.watch.deps_dev import DepsDev
from bot.watch.endoflife import EndOfLife
from bot.watch.golang import GoToolchains
from bot.watch.terraform_modules import TerraformModules
from tests.registries import plain_http


def version_key(version: str) -> dict[str, str]:
    return {"system": "NPM", "name": "@colors/colors", "version": version}


PACKAGE = {
    "packageKey": {"system": "NPM", "name": "@colors/colors"},
    "versions": [
        {"versionKey": version_key("1.4.0"), "publishedAt": "2022-02-12T07:39:04Z", "isDefault": False},
        {"versionKey": version_key("1.5.0"), "isDefault": True, "isDeprecated": True, "deprecatedReason": "use 1.6"},
        {"versionKey": {}},
        "odd",
    ],
}
VERSION = {
    "versionKey": version_key("1.5.0"),
    "publishedAt": "2022-02-12T07:39:04Z",
    "links": [
        {"label": "HOMEPAGE", "url": "https://example.org"},
        {"label": "SOURCE_REPO", "url": "git+ssh://x"},
        {"label": "SOURCE_REPO", "url": "https://github.com/DABH/colors.js"},
    ],
}


def cycle(name: str, since: str, latest: object, *, is_eol: bool = False, eol_from: str | None = None) -> dict[str, object]:
    return {"name": name, "releaseDate": since, "isEol": is_eol, "eolFrom": eol_from, "latest": latest}


PRODUCT = {
    "schema_version": "1.1.0",
    "result": {
        "name": "python",
        "releases": [
            cycle("3.13", "2024-10-07", {"name": "3.13.1", "date": "2024-12-03", "link": None}, eol_from="2029-10-31"),
            cycle("2.7", "2010-07-03", {"name": "2.7.18", "date": None, "link": None}, is_eol=True, eol_from="2020-01-01"),
            cycle("rolling", "2024-01-01", None),
            cycle("gone", "x", {}, is_eol=True),
            {"label": "nameless"},
            None,
        ],
    },
}


@contextmanager
def serving(paths: dict[str, object]) -> Iterator[tuple[str, HttpClient, list[str]]]:
    asked: list[str] = []

    async def answer(request: Request) -> Response:
        path = request.scope["raw_path"].decode()
        asked.append(path)
        return JSONResponse(paths[path]) if path in paths else JSONResponse({"error": "not found"}, status_code=404)

    with Server(Starlette(routes=[Route("/{path:path}", answer)])) as server, plain_http() as http:
        yield server.url, http, asked


def test_versions_of_a_package() -> None:
    name = "npm/@colors/colors"
    dependency = Dependency(datasource=DEPS_DEV, name=name)
    base = "/v3/systems/npm/packages/%40colors%2Fcolors"
    with serving({base: PACKAGE, f"{base}/versions/1.5.0": VERSION}) as (url, http, _):
        datasource = DepsDev(http, base_url=url)
        releases = datasource.releases(dependency)
        described = datasource.describe(releases[1])

    published = datetime(2022, 2, 12, 7, 39, 4, tzinfo=UTC)
    assert [(r.value, r.published_at, r.deprecation) for r in releases] == [
        ("1.4.0", published, None),
        ("1.5.0", None, "deprecated: use 1.6"),
    ]
    assert (described.published_at, described.source_url) == (published, "https://github.com/DABH/colors.js")
    assert described.deprecation == "deprecated: use 1.6"


@pytest.mark.parametrize("name", ["requests", "rubygems/rails", "pypi/", "PyPI/requests", f"pypi/{'x' * 301}", "../pypi/x"])
def test_what_is_no_package_is_an_error(name: str) -> None:
    with serving({}) as (url, http, asked), pytest.raises(DatasourceError, match="no package of the form"):
        DepsDev(http, base_url=url).releases(Dependency(datasource=DEPS_DEV, name=name))
    assert asked == []


@pytest.mark.parametrize("version", ["..", ".", ""])
def test_a_version_cannot_lead_elsewhere(version: str) -> None:
    release = Release(dependency=Dependency(datasource=DEPS_DEV, name="pypi/requests"), value=version)
    with serving({}) as (url, http, asked), pytest.raises(DatasourceError, match="no path of"):
        DepsDev(http, base_url=url).describe(release)
    assert asked == []


def test_an_unknown_package_is_not_listed() -> None:
    with serving({}) as (url, http, _), pytest.raises(NotListedError, match="404"):
        DepsDev(http, base_url=url).releases(Dependency(datasource=DEPS_DEV, name="pypi/none"))


def test_cycles_of_a_product() -> None:
    dependency = Dependency(datasource=ENDOFLIFE, name="python")
    with serving({"/api/v1/products/python": PRODUCT}) as (url, http, _):
        releases = EndOfLife(http, base_url=url).releases(dependency)

    assert [(r.value, f"{r.published_at:%Y-%m-%d}" if r.published_at else None, r.deprecation) for r in releases] == [
        ("3.13.1", "2024-12-03", "3.13 reaches its end of life on 2029-10-31"),
        ("2.7.18", "2010-07-03", "2.7 reached its end of life on 2020-01-01"),
        ("rolling", "2024-01-01", None),
        ("gone", None, "gone reached its end of life"),
    ]


def test_the_last_days_of_a_distribution() -> None:
    cycles = [
        {"name": "12", "eolFrom": "2026-07-11", "eoesFrom": "2028-06-30"},
        {"name": "13", "eolFrom": "2028-08-09", "eoesFrom": None},
        {"name": "sid", "eolFrom": None, "eoesFrom": "2030-01-01"},
        {"name": "odd", "eolFrom": 7},
    ]
    with serving({"/api/v1/products/debian": {"result": {"releases": cycles}}}) as (url, http, _):
        ends = EndOfLife(http, base_url=url).ends("debian")

    assert ends == {"12": (date(2026, 7, 11), date(2028, 6, 30)), "13": (date(2028, 8, 9),)}


@pytest.mark.parametrize(
    ("name", "answer", "message"),
    [
        pytest.param("a/b", PRODUCT, "no name of a product", id="path"),
        pytest.param("Python", PRODUCT, "no name of a product", id="capitals"),
        pytest.param("python", {"result": []}, "told no cycles", id="no cycles"),
        pytest.param("python", [], "no JSON object", id="a list"),
        pytest.param("other", PRODUCT, "404", id="unknown"),
    ],
)
def test_what_is_no_product_is_an_error(name: str, answer: object, message: str) -> None:
    with serving({"/api/v1/products/python": answer}) as (url, http, _), pytest.raises(DatasourceError, match=message):
        EndOfLife(http, base_url=url).releases(Dependency(datasource=ENDOFLIFE, name=name))


GO = [
    {"version": "go1.24rc1", "stable": False, "files": []},
    {"version": "go1.23.4", "stable": True, "files": []},
    {"version": "go1.21", "stable": True},
    {"version": "weekly", "stable": True},
    {"stable": True},
    "odd",
]


def test_releases_of_go() -> None:
    dependency = Dependency(datasource=GOLANG, name="go")
    with serving({"/dl/": GO}) as (url, http, _):
        releases = GoToolchains(http, base_url=url).releases(dependency)

    assert [(r.value, r.is_prerelease) for r in releases] == [("1.24rc1", True), ("1.23.4", False), ("1.21", False)]


MODULE = {"modules": [{"versions": [{"version": "5.1.0"}, {"version": "5.2.0"}, {}, "odd"]}]}
MODULE_PATH = "/v1/modules/acme/network/aws/versions"


def test_versions_of_a_module() -> None:
    dependency = Dependency(datasource=TERRAFORM_MODULE, name="registry.example/acme/network/aws")
    with serving({MODULE_PATH: MODULE}) as (url, http, _):
        releases = TerraformModules(http, registries={"registry.example": url}).releases(dependency)

    assert [release.value for release in releases] == ["5.1.0", "5.2.0"]


@pytest.mark.parametrize(
    ("name", "answer", "message"),
    [
        pytest.param("acme/network/aws", MODULE, "no module of the form", id="no host"),
        pytest.param("other.example/acme/network/aws", MODULE, "no module of the form", id="another host"),
        pytest.param("registry.example/acme/../aws", MODULE, "no module of the form", id="a way out"),
        pytest.param("registry.example/acme/network/aws", {"modules": []}, "told no versions", id="no modules"),
        pytest.param("registry.example/acme/none/aws", MODULE, "404", id="unknown"),
    ],
)
def test_what_is_no_module_is_an_error(name: str, answer: object, message: str) -> None:
    with serving({MODULE_PATH: answer}) as (url, http, _), pytest.raises(DatasourceError, match=message):
        TerraformModules(http, registries={"registry.example": url}).releases(Dependency(datasource=TERRAFORM_MODULE, name=name))


def test_every_datasource_is_registered_once() -> None:
    with plain_http() as http:
        names = [datasource.name for datasource in datasources(http=http, registry=RegistryClient(http=http))]

    known = {value for name, value in vars(words).items() if name.isupper() and isinstance(value, str)}
    assert sorted(names) == sorted(known)
