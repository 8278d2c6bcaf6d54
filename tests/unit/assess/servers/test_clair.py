"""Clair alone: tokens, layers handed to the indexer, and the words of its reports."""

from base64 import b64encode

import jwt
import pytest

from bot.assess.servers.clair import Clair
from bot.assess.servers.wire import Login, Wire
from bot.clients.http import HttpClient
from bot.model.scanner import ScannerKind
from bot.model.secret import Secret
from bot.model.severity import Severity
from bot.sandbox.faults import ServerError, StrangeAnswer
from bot.sandbox.scanners.clair import ClairSandbox
from bot.sandbox.server import LOOPBACK
from tests.unit.assess.servers.worlds import DIGEST, FINDINGS, LAYER, NOW, contents, image_of, world

KEY = b"thirty-two bytes that both sides know, at the least"
LOGIN = Login(token=Secret(b64encode(KEY).decode()))


@pytest.fixture
def sandbox() -> ClairSandbox:
    return ClairSandbox(secret=LOGIN.token)


@pytest.fixture
def clair(sandbox, tmp_path):
    with world(ScannerKind.CLAIR, sandbox, LOGIN, tmp_path, submit=True) as made:
        yield made
        assert not made.judge.faults


def test_a_token_is_signed_for_some_minutes_by_the_issuer_that_is_named():
    with HttpClient(reach=LOOPBACK) as http:
        scanner = Clair(wire=Wire(http=http, base_url="http://127.0.0.1", login=LOGIN, now=lambda: NOW, issuer="quay"))
        shown = scanner._credential

    assert shown is not None
    options = {"verify_exp": False, "verify_nbf": False, "verify_iat": False}
    claims = jwt.decode(shown.value.reveal().removeprefix("Bearer "), KEY, algorithms=["HS256"], options=options)
    assert claims["iss"] == "quay"
    assert claims["nbf"] < NOW.timestamp() < claims["exp"] <= NOW.timestamp() + 300


def test_an_issuer_that_is_not_on_its_list_is_denied(clair, sandbox):
    sandbox.issuers = ("quay",)

    assert "denied: " in "\n".join(map(str, clair.assess().not_checked))


def test_a_key_that_is_no_base64_is_told_without_it(clair):
    clair.login = Login(token=Secret("no base64 at all!"))

    (gap,) = [gap for gap in clair.assess().not_checked if gap.is_failure]

    assert "is no base64" in gap.reason
    assert "at all" not in gap.reason


def test_an_image_that_was_never_scanned_is_indexed_with_a_token_for_some_minutes(clair, sandbox):
    clair.put(*FINDINGS)

    found = clair.assess()

    assert len(found.holes) == 2
    (manifest,) = sandbox.submitted
    assert manifest == {
        "hash": DIGEST,
        "layers": [
            {
                "hash": LAYER,
                "uri": f"https://registry.example.com/v2/shop/team/app/blobs/{LAYER}",
                "headers": {"Authorization": ["Bearer for-some-minutes"]},
            }
        ],
    }


def test_layers_that_it_cannot_read_are_told(clair):
    assert "it can't scan an image of this kind (its indexer can't read the layers)" in "\n".join(map(str, clair.assess().not_checked))


def test_a_server_that_keeps_its_updates_to_itself_is_asked_again_after_some_hours(clair, sandbox):
    sandbox.faults.switch_on("GET /matcher/api/v1/internal/*", ServerError(status=403))
    clair.put(*FINDINGS)
    clair.assess()
    sandbox.faults.forget()

    assert len(clair.assess().holes) == 2
    assert sandbox.faults.count("GET /matcher/api/v1/vulnerability_report/*") == 0


def test_new_data_makes_it_ask_again(clair, sandbox):
    clair.put(*FINDINGS)
    clair.assess()
    sandbox.update, sandbox.scans[DIGEST].findings = '"another"', ()

    assert not clair.assess().holes


def report(*, package=(), environment=(), vulnerability=(), **more):
    told = {"id": "9", "updater": "osv", "name": "GHSA-2", "normalized_severity": "Critical", **dict(vulnerability)}
    return {
        "manifest_hash": DIGEST,
        "packages": {"1": {"id": "1", "name": "Django", "version": "4.2.0", "kind": "binary", **dict(package)}},
        "distributions": {},
        "environments": {"1": [{"package_db": "python:usr/lib/python3", **dict(environment)}]},
        "vulnerabilities": {"9": told},
        "package_vulnerabilities": {"1": ["9"]},
        **more,
    }


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param(report(), ("GHSA-2", "pypi", Severity.CRITICAL, "", ""), id="as it is"),
        pytest.param(
            report(vulnerability={"links": "https://osv.dev/GHSA-2 https://nvd.nist.gov/vuln/detail/CVE-2026-7777"}),
            ("CVE-2026-7777", "pypi", Severity.CRITICAL, "", ""), id="the CVE of its links",
        ),
        pytest.param(
            report(vulnerability={"fixed_in_version": "fixed=4.2.1&introduced=4.0"}), ("GHSA-2", "pypi", Severity.CRITICAL, "4.2.1", ""),
            id="the fix in a query",
        ),
        pytest.param(
            report(vulnerability={"fixed_in_version": "introduced=4.0"}), ("GHSA-2", "pypi", Severity.CRITICAL, "", ""),
            id="no fix in a query",
        ),
        pytest.param(
            report(enrichments={"message/vnd.clair.map.vulnerability; enricher=clair.cvss": [{"9": [{"vectorString": "CVSS:3.1/AV:N"}]}]}),
            ("GHSA-2", "pypi", Severity.CRITICAL, "", "CVSS:3.1/AV:N"), id="the vector of an enrichment",
        ),
        pytest.param(
            report(environment={"package_db": "var/lib/dpkg/status"}, vulnerability={"normalized_severity": "Negligible"}),
            ("GHSA-2", "deb", Severity.LOW, "", ""), id="a package of Debian",
        ),
    ],
)  # fmt: skip
def test_the_words_of_a_report(told, expected):
    with HttpClient(reach=LOOPBACK) as http:
        scanner = Clair(wire=Wire(http=http, base_url="http://127.0.0.1", login=LOGIN, now=lambda: NOW))
        (hole,) = scanner.read((told,), image_of(contents()), "Clair").holes

    assert (hole.id, hole.package.type, hole.severity, hole.fixed_in, hole.cvss) == expected


def test_an_indexer_that_fails_is_told_with_its_words(clair, sandbox):
    body = b'{"manifest_hash": "x", "state": "IndexError", "success": false, "err": "layer is too large"}'
    clair.judge.is_on = False
    sandbox.faults.switch_on("POST */index_report", StrangeAnswer(body=body, kind="application/json"))

    assert "its scan failed (layer is too large)" in "\n".join(map(str, clair.assess().not_checked))
