"""One contract for every scanner's server: a new one adds a line to `SERVERS`, and what can't happen to it with the reason."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from bot.assess.fields import UnreadableError
from bot.assess.reports.report import Report
from bot.assess.servers.wire import DeniedError, DownError, Login
from bot.clients.http import HttpClient, HttpLimits
from bot.model.image import Digest
from bot.model.scanner import ScannerKind
from bot.model.secret import Secret
from bot.model.severity import Severity
from bot.sandbox.faults import DroppedConnection, ServerError, StrangeAnswer, TooManyRequests
from bot.sandbox.scanners.clair import ClairSandbox
from bot.sandbox.scanners.dependencytrack import DependencyTrackSandbox
from bot.sandbox.scanners.harbor import HarborSandbox
from bot.sandbox.scanners.qualys import QualysSandbox
from bot.sandbox.scanners.quay import QuaySandbox
from bot.sandbox.scanners.scans import Finding, ScannerSandbox
from bot.sandbox.scanners.snyk import SnykSandbox
from bot.sandbox.scanners.sonatype import SonatypeSandbox
from bot.sandbox.scanners.trivy import TrivySandbox
from bot.sandbox.scanners.xray import XraySandbox
from bot.sandbox.server import LOOPBACK
from tests.unit.assess.servers.worlds import FINDINGS, OPENSSL, OTHER, World, contents, image_id, image_of, world

KEY = b64encode(b"a key of thirty-two bytes or more that both sides know").decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One server. `requests` are those of its first question of a clean image, `again` those of the same one in the next run."""

    kind: ScannerKind
    make: Callable[..., ScannerSandbox]
    login: Login
    secret: str
    requests: int
    again: int
    report: str
    """The route of the answer that holds the report."""
    submits: bool = False
    cannot: Mapping[str, str] = field(default_factory=dict)
    """What can't happen to it, with the reason."""


SERVERS = [
    Row(
        kind=ScannerKind.TRIVY, make=TrivySandbox, login=Login(token=Secret("t0ken")), secret="t0ken", requests=6, again=1,
        report="POST */Scan", submits=True,
        cannot={
            "queued": "it scans while it is asked",
            "other image": "it is told the packages, and names no image",
            "404": "it knows nothing but what it is handed, so 404 is a wrong address",
        },
    ),
    Row(
        kind=ScannerKind.HARBOR, make=HarborSandbox, login=Login(username="robot$bot", password=Secret("pa55")),
        secret=b64encode(b"robot$bot:pa55").decode(), requests=2, again=0, report="GET */additions/vulnerabilities",
    ),
    Row(
        kind=ScannerKind.CLAIR, make=ClairSandbox, login=Login(token=Secret(KEY)), secret=KEY, requests=2, again=1,
        report="GET */vulnerability_report/*",
    ),
    Row(
        kind=ScannerKind.QUAY, make=QuaySandbox, login=Login(token=Secret("t0ken")), secret="t0ken", requests=1, again=0,
        report="GET */security", cannot={"other image": "its answer names no image"},
    ),
    Row(
        kind=ScannerKind.DEPENDENCY_TRACK, make=DependencyTrackSandbox, login=Login(token=Secret("k3y")), secret="k3y", requests=6, again=0,
        report="GET */finding/project/*", submits=True,
        cannot={"fixed version": "its findings do not tell in which version a hole is closed"},
    ),
    Row(
        kind=ScannerKind.SONATYPE, make=SonatypeSandbox, login=Login(username="c0de", password=Secret("pa55")),
        secret=b64encode(b"c0de:pa55").decode(), requests=4, again=0, report="GET */raw", submits=True,
        cannot={
            "other image": "it is told the packages, and names no image",
            "404": "it knows nothing but what it is handed, so 404 is a wrong address",
            "fixed version": "its report names no version with a fix",
        },
    ),
    Row(
        kind=ScannerKind.XRAY, make=XraySandbox, login=Login(token=Secret("t0ken")), secret="t0ken", requests=2, again=0,
        report="POST */summary/artifact",
    ),
    Row(
        kind=ScannerKind.QUALYS, make=partial(QualysSandbox, image_id=image_id), login=Login(username="us3r", password=Secret("pa55")),
        secret="pa55", requests=3, again=0, report="GET */vuln",
        cannot={
            "other image": "who answers with another than was asked of is found out before its report is asked for",
            "404": "its login is never not there, so 404 is a wrong address",
        },
    ),
    Row(
        kind=ScannerKind.SNYK, make=SnykSandbox, login=Login(token=Secret("t0ken")), secret="t0ken", requests=7, again=0,
        report="GET */issues",
        cannot={
            "queued": "it tells of no test that is under way",
            "other image": "projects that are of another image by now are left out before they are read",
            "fixed version": "its issues do not tell in which version a hole is closed",
        },
    ),
]  # fmt: skip


def all_but(what: str) -> pytest.MarkDecorator:
    """The servers to which this can happen."""
    rows = [row for row in SERVERS if what not in row.cannot]
    return pytest.mark.parametrize("row", rows, ids=[row.kind.value for row in rows])


@pytest.fixture(params=SERVERS, ids=lambda row: row.kind.value)
def row(request: pytest.FixtureRequest) -> Row:
    return request.param


@pytest.fixture
def scanner(row: Row, tmp_path) -> Iterator[World]:
    sandbox = row.make(secret=Secret(row.secret))
    with world(row.kind, sandbox, row.login, tmp_path, submit=row.submits) as made:
        yield made
        assert not made.judge.faults, "what goes over the wire is not what the vendor publishes"


def said(assessment) -> str:
    return "\n".join(map(str, assessment.not_checked))


def test_every_kind_stands_in_the_table():
    assert {row.kind for row in SERVERS} == set(ScannerKind)


def test_a_clean_image_is_scanned_and_without_holes(scanner: World, row: Row):
    scanner.put()

    found = scanner.assess()

    assert not found.holes
    assert found.data[0].name == "Scanner"
    assert "never scanned" not in said(found)
    assert not any(gap.is_failure for gap in found.not_checked)
    assert scanner.sandbox.faults.count() == row.requests
    assert not scanner.judge.unknown


def greeted(scanner: World) -> None:
    with HttpClient(reach=LOOPBACK, sleep=lambda _: None, limits=HttpLimits(tries=1)) as http:
        scanner.scanner(http).greet()


def test_a_greeting_is_answered_and_costs_little(scanner: World):
    greeted(scanner)

    assert scanner.sandbox.faults.count() <= 2


def test_a_greeting_shows_the_credential(scanner: World):
    scanner.login = Login(username="x", password=Secret("wr0ng"), token=Secret(b64encode(b"wr0ng" * 8).decode()))

    with pytest.raises(DeniedError):
        greeted(scanner)


@pytest.mark.parametrize(
    "fault",
    [ServerError(status=404), ServerError(status=503), StrangeAnswer(), DroppedConnection()],
    ids=["another server's 404", "503", "a sign-in page", "gone"],
)
def test_a_greeting_that_such_a_server_would_not_give_is_none(scanner: World, fault):
    scanner.judge.is_on = False
    scanner.sandbox.faults.switch_on("* *", fault)

    with pytest.raises((DeniedError, DownError, UnreadableError)):
        greeted(scanner)


def test_holes_are_told_of_the_images_own_packages(scanner: World, row: Row):
    scanner.put(*FINDINGS)

    found = scanner.assess()

    assert {(hole.id, hole.package.name, hole.severity, hole.fixed_in) for hole in found.holes} == {
        ("CVE-2026-0001", "libssl3", Severity.HIGH, "" if "fixed version" in row.cannot else "3.0.12-1"),
        ("CVE-2026-0002", "Django", Severity.HIGH, ""),
    }
    assert all(hole.package in contents().packages and hole.told_by[0] == "Scanner" for hole in found.holes)
    assert OPENSSL in found.checked


def test_an_image_is_asked_of_once_and_in_the_next_run_only_whether_the_data_changed(scanner: World, row: Row):
    scanner.put(*FINDINGS)
    first = scanner.assess(contents(), contents(), contents())
    assert scanner.sandbox.faults.count() == row.requests
    scanner.sandbox.faults.forget()

    second = scanner.assess()

    assert scanner.sandbox.faults.count() == row.again
    assert second.holes == first.holes
    assert second.data == first.data


def test_never_scanned_is_not_clean(scanner: World):
    scanner.submit = False

    found = scanner.assess()

    assert "it was never scanned there" in said(found)
    assert not found.data
    assert not any(gap.is_failure for gap in found.not_checked)


@all_but("queued")
def test_a_scan_that_is_queued_is_waited_for(scanner: World):
    scanner.put(*FINDINGS, queued_answers=3)

    found = scanner.assess()

    assert len(found.holes) == 2
    assert scanner.waited == [timedelta(seconds=1), timedelta(seconds=2)]


@all_but("queued")
def test_a_scan_that_takes_longer_is_told_and_asked_for_by_the_next_run(scanner: World):
    scanner.put(*FINDINGS, queued_answers=6)

    found = scanner.assess(contents(), contents())

    assert "its scan is not done within the 10 s that one run waits in all" in said(found)
    assert sum(scanner.waited, timedelta()) == timedelta(seconds=10)
    assert not found.holes
    assert not found.data
    assert scanner.assess().holes


def test_a_wrong_credential_is_not_shown_again_and_again(scanner: World):
    scanner.login = Login(username="x", password=Secret("wr0ng"), token=Secret(b64encode(b"wr0ng" * 8).decode()))
    images = [contents(digest=Digest(f"sha256:{number:064x}")) for number in range(20)]
    for image in images:
        scanner.put(digest=image.digest)

    scanner.assess(*images)

    assert scanner.sandbox.faults.count() <= 3 * 2


@pytest.mark.parametrize("status", [401, 403], ids=["not known", "may not"])
def test_a_denial_is_told_with_the_remedy(scanner: World, status: int):
    scanner.put(*FINDINGS)
    scanner.sandbox.faults.switch_on("* *", ServerError(status=status))

    found = scanner.assess()

    assert "denied: " in said(found)
    assert "Check what `scanners` names for it" in said(found)
    assert any(gap.is_failure for gap in found.not_checked)
    assert not found.data


def test_a_wrong_credential_is_denied(scanner: World):
    scanner.put(*FINDINGS)
    scanner.login = Login(username="x", password=Secret("wr0ng"), token=Secret(b64encode(b"wr0ng" * 8).decode()))

    found = scanner.assess()

    assert "denied: " in said(found)
    assert "wr0ng" not in repr(found)


def test_without_a_credential_it_is_said_that_one_is_wanted(scanner: World):
    scanner.put(*FINDINGS)
    scanner.login = Login()

    assert "the configuration names none that is set" in said(scanner.assess())


@all_but("404")
def test_not_found_is_never_scanned(scanner: World):
    scanner.sandbox.faults.switch_on("* *", ServerError(status=404))

    assert "it was never scanned there" in said(scanner.assess())


def test_a_limit_is_waited_for_as_the_server_says(scanner: World, row: Row):
    scanner.put(*FINDINGS)
    scanner.sandbox.faults.switch_on(row.report, TooManyRequests(retry_after=timedelta(seconds=7)), times=1)

    found = scanner.assess()

    assert len(found.holes) == 2
    assert timedelta(seconds=7) in scanner.waited


@pytest.mark.parametrize(
    "fault", [ServerError(status=500), ServerError(status=418), DroppedConnection(), TooManyRequests(retry_after=timedelta(hours=2))],
    ids=["500", "a status that means nothing", "no connection", "a limit of two hours"],
)  # fmt: skip
def test_a_server_that_is_down_is_told_and_nothing_else_is_lost(scanner: World, row: Row, fault):
    scanner.put(*FINDINGS)
    scanner.sandbox.faults.switch_on(row.report, fault)

    found = scanner.assess()

    assert "not reached: " in said(found)
    assert any(gap.is_failure for gap in found.not_checked)
    assert not found.data


def test_a_server_that_fails_again_and_again_is_left_alone_for_the_run(scanner: World, row: Row):
    images = [contents(digest=Digest(f"sha256:{number:064x}")) for number in range(20)]
    for image in images:
        scanner.put(digest=image.digest)
    scanner.sandbox.faults.switch_on(row.report, ServerError(status=503))

    found = scanner.assess(*images)

    assert scanner.sandbox.faults.count(row.report) == 3 * scanner.tries
    assert "it failed 3 times in a row and is not asked again in this run" in said(found)


NO_REPORTS = {
    "empty": b"",
    "truncated": b'{"status": "scan',
    "a sign-in page": b"<html>Sign in</html>",
    "a list": b"[]",
    "null": b"null",
    "a number": b"7",
    "an empty object": b"{}",
    "nested too deep": b"[" * 100_000,
}


def test_what_is_no_report_checks_nothing(scanner: World, row: Row):
    scanner.judge.is_on = False
    scanner.put(*FINDINGS)
    for what, body in NO_REPORTS.items():
        scanner.sandbox.faults.switch_off()
        scanner.sandbox.faults.switch_on(row.report, StrangeAnswer(body=body, kind="application/json"))

        found = scanner.assess()

        assert (found.holes, found.checked) == ((), ()), what
        assert found.not_checked, what


def test_a_report_of_ten_megabytes_is_read(scanner: World):
    scanner.put(Finding(id="CVE-2026-0001", package=OPENSSL, summary="x" * 10_000_000))

    (hole,) = scanner.assess().holes

    assert len(hole.summary) <= 2000


@all_but("other image")
def test_a_report_of_another_image_is_not_used(scanner: World):
    scanner.put(*FINDINGS, told_digest=OTHER)

    found = scanner.assess()

    assert not found.holes
    assert f"its report is of another image ({OTHER}) and is not used" in said(found)


STRANGE = (None, True, 7, -1.5, "x", "\ud800", "", [], {}, [[]], {"a": {"b": []}}, [None, 7, "x", {}])


def test_odd_types_anywhere_in_a_report_break_nothing_and_hide_nothing(scanner: World):
    """A hole that is told no longer leaves a word that something was not read; what an honest server leaves out is no oddity."""
    scanner.put(*FINDINGS)
    with HttpClient(reach=LOOPBACK, sleep=lambda _: None) as http:
        asked = scanner.scanner(http)
        image = image_of(contents())
        if scanner.submit:
            asked.submit(image)
        told = json.dumps(asked.ask(image))
    whole = len(asked.read(json.loads(told), image, "Scanner").holes)
    for path in _paths(json.loads(told)):
        for strange in STRANGE:
            documents = json.loads(told)
            _put(documents, path, strange)
            try:
                report = asked.read([one for one in documents if isinstance(one, dict)], image, "Scanner")
            except UnreadableError:
                continue
            assert isinstance(report, Report)
            is_honest = strange in (None, [], {}) or isinstance(strange, dict) or path[-1] == "issue_type"
            is_hidden = not is_honest and len(report.holes) < whole and not report.not_checked
            assert not is_hidden or report.image.spoken_of(image.contents) is None or len(path) == 1, (path, strange)


def _paths(value: Any, so_far: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        yield (*so_far, key)
        yield from _paths(inner, (*so_far, key))


def _put(value: Any, path: tuple[Any, ...], strange: object) -> None:
    for key in path[:-1]:
        value = value[key]
    value[path[-1]] = strange
