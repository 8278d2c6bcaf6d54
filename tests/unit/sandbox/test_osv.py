"""The embedded OSV, held to what the format and the interface of the real one say."""

import io
import json
import zipfile
from collections.abc import Iterator

import httpx
import jsonschema
import pytest

from bot.sandbox.osv import OsvSandbox
from bot.sandbox.server import Server
from tests.advisories import BATCH, PROBLEM, RECORD, advisory, page_of

RECORDS = [
    advisory("DEBIAN-CVE-2026-1", ("Debian:12", "openssl"), ("Debian:13", "openssl")),
    advisory("DEBIAN-CVE-2026-2", ("Debian:13", "openssl")),
    advisory("DEBIAN-CVE-2026-3", ("Debian:13", "openssl")),
    advisory("GHSA-1", ("PyPI", "jinja2"), ("npm", "jinja"), aliases=["CVE-2026-9"]),
]
RECORDS[3]["affected"][0]["package"]["purl"] = "pkg:pypi/jinja2"


@pytest.fixture
def osv() -> OsvSandbox:
    return OsvSandbox(RECORDS, max_page=2)


@pytest.fixture
def wire(osv: OsvSandbox) -> Iterator[httpx.Client]:
    with Server(osv.app) as server, httpx.Client(base_url=server.url) as client:
        yield client


def query(ecosystem: str, name: str, **more: str) -> dict[str, object]:
    return {"package": {"ecosystem": ecosystem, "name": name}, **more}


def told(wire: httpx.Client, path: str, asked: object, schema: dict) -> dict:
    answer = wire.post(path, json=asked)
    jsonschema.validate(answer.json(), schema)
    return {"status": answer.status_code, **answer.json()}


def test_every_record_is_of_the_format() -> None:
    for record in RECORDS:
        jsonschema.validate(record, RECORD)


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        pytest.param(query("Debian:12", "openssl", version="3"), ["DEBIAN-CVE-2026-1"], id="a release"),
        pytest.param(query("Debian:13", "openssl"), ["DEBIAN-CVE-2026-1", "DEBIAN-CVE-2026-2"], id="the first page"),
        pytest.param(query("Debian", "openssl"), ["DEBIAN-CVE-2026-1", "DEBIAN-CVE-2026-2"], id="any release"),
        pytest.param(query("Debian:12", "libssl3"), [], id="unknown package"),
        pytest.param(query("PyPI", "openssl"), [], id="another ecosystem"),
        pytest.param({"package": {"purl": "pkg:pypi/jinja2@3.1.0"}}, ["GHSA-1"], id="package URL"),
    ],
)
def test_a_query_has_the_records_that_name_the_package(wire: httpx.Client, asked: dict, names: list[str]) -> None:
    alone = told(wire, "/v1/query", asked, page_of(RECORD))
    batch = told(wire, "/v1/querybatch", {"queries": [asked, asked]}, BATCH)

    assert [record["id"] for record in alone.get("vulns", [])] == names
    assert [[one["id"] for one in result.get("vulns", [])] for result in batch["results"]] == [names, names]


def test_pages_lead_to_the_end(wire: httpx.Client) -> None:
    first = told(wire, "/v1/query", query("Debian:13", "openssl"), page_of(RECORD))
    second = told(wire, "/v1/query", query("Debian:13", "openssl", page_token=first["next_page_token"]), page_of(RECORD))

    assert [record["id"] for record in second["vulns"]] == ["DEBIAN-CVE-2026-3"]
    assert "next_page_token" not in second


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        pytest.param("/v1/querybatch", {"queries": [query("PyPI", "a")] * 1001}, id="too many"),
        pytest.param("/v1/querybatch", {"queries": "all"}, id="no list"),
        pytest.param("/v1/query", [], id="no object"),
        pytest.param("/v1/query", {}, id="no package"),
        pytest.param("/v1/query", {"package": {"name": "a"}}, id="no ecosystem"),
        pytest.param("/v1/query", {"package": {"purl": "a"}}, id="no package URL"),
        pytest.param("/v1/query", query("PyPI", "a", page_token="?"), id="no token of ours"),
    ],
)
def test_what_is_no_question_is_refused(wire: httpx.Client, path: str, asked: object) -> None:
    assert told(wire, path, asked, PROBLEM)["status"] == 400


def test_a_record_by_its_name(osv: OsvSandbox, wire: httpx.Client) -> None:
    none = wire.get("/v1/vulns/CVE-0")

    assert wire.get("/v1/vulns/GHSA-1").json() == RECORDS[3]
    assert none.status_code == 404
    jsonschema.validate(none.json(), PROBLEM)
    assert osv.faults.writes == 0


def test_archives_hold_an_ecosystem_whatever_its_releases(wire: httpx.Client) -> None:
    answer = wire.get("/Debian/all.zip")
    again = wire.get("/Debian/all.zip", headers={"if-none-match": answer.headers["etag"]})
    archive = zipfile.ZipFile(io.BytesIO(answer.content))

    assert wire.get("/ecosystems.txt").text.split("\n") == ["Debian", "PyPI", "npm", ""]
    assert archive.namelist() == [f"DEBIAN-CVE-2026-{number}.json" for number in (1, 2, 3)]
    assert json.loads(archive.read("DEBIAN-CVE-2026-2.json")) == RECORDS[1]
    assert (again.status_code, again.content) == (304, b"")
    assert wire.get("/Alpine/all.zip").status_code == 404
    assert zipfile.ZipFile(io.BytesIO(wire.get("/npm/all.zip").content)).namelist() == ["GHSA-1.json"]
