"""A mirror: made from archives on loopback, asked without a network."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from bot.assess.osv import index
from bot.assess.osv.fetch import Fetched, Fetcher, Outcome
from bot.assess.osv.mirror import OsvMirror, held, index_path
from bot.assess.osv.query import Query
from bot.clients.http import HttpClient
from bot.sandbox.clock import START, Clock
from bot.sandbox.faults import CutShort, DroppedConnection, Fault, ServerError, StrangeAnswer
from bot.sandbox.osv import OsvSandbox
from bot.sandbox.server import LOOPBACK, Server
from tests.advisories import advisory

RECORDS = [
    advisory("DEBIAN-CVE-2026-1", ("Debian:12", "openssl"), ("Debian:13", "openssl")),
    advisory("DEBIAN-CVE-2026-2", ("Debian:13", "openssl"), ("Debian:13", "curl")),
    advisory("GHSA-1", ("PyPI", "Zope.Interface"), ("npm", "zope")),
    advisory("RLSA-1", ("Rocky Linux:9", "openssl")),
]
ARCHIVES = "GET /*/all.zip"


def query(ecosystem: str, name: str) -> Query:
    return Query(ecosystem=ecosystem, name=name, version="1")


@dataclass(frozen=True, kw_only=True)
class Upstream:
    osv: OsvSandbox
    url: str
    folder: Path
    clock: Clock

    def fetch(self, *ecosystems: str, accept_fewer: bool = False) -> list[Fetched]:
        with HttpClient(reach=LOOPBACK, sleep=lambda _: None) as http:
            fetcher = Fetcher(http=http, base_url=self.url, folder=self.folder, accept_fewer=accept_fewer, now=self.clock)
            return list(fetcher.fetch(ecosystems))

    def outcomes(self, *ecosystems: str) -> list[tuple[str, Outcome]]:
        return [(one.ecosystem, one.outcome) for one in self.fetch(*ecosystems)]

    @property
    def left(self) -> list[str]:
        """What is in the folder."""
        return sorted(file.name for file in self.folder.iterdir())


@contextmanager
def serving(osv: OsvSandbox, folder: Path) -> Iterator[Upstream]:
    with Server(osv.app) as server:
        yield Upstream(osv=osv, url=server.url, folder=folder, clock=Clock())


@pytest.fixture
def upstream(tmp_path: Path) -> Iterator[Upstream]:
    with serving(OsvSandbox(RECORDS), tmp_path / "mirror") as one:
        yield one


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        pytest.param(query("Debian:12", "openssl"), ["DEBIAN-CVE-2026-1", "DEBIAN-CVE-2026-2"], id="whatever the release"),
        pytest.param(query("Debian:13", "curl"), ["DEBIAN-CVE-2026-2"], id="the second package of a record"),
        pytest.param(query("Debian:12", "unheard-of"), [], id="a package of which nothing is known"),
        pytest.param(query("Debian:12", "zope"), [], id="a package of another ecosystem"),
        pytest.param(query("PyPI", "zope-interface"), ["GHSA-1"], id="a name as Python compares it"),
        pytest.param(query("PyPI", "\ud800"), [], id="a name that is no text"),
        pytest.param(query("Rocky Linux:9", "openssl"), ["RLSA-1"], id="an ecosystem of two words"),
    ],
)
def test_a_query_has_the_records_that_name_the_package(upstream: Upstream, asked: Query, names: list[str]) -> None:
    upstream.fetch("Debian", "PyPI", "Rocky Linux")

    answer = OsvMirror(upstream.folder).ask([asked, asked])

    assert [record["id"] for record in answer.records[asked]] == names
    assert (answer.failed, answer.name, answer.as_of) == ({}, "OSV mirror", START)


def test_of_when_its_parts_are_is_told_with_the_way_to_newer_ones(upstream: Upstream) -> None:
    upstream.fetch("Debian")
    upstream.clock.advance(timedelta(days=3))
    upstream.fetch("PyPI")

    answer = OsvMirror(upstream.folder).ask([query("Debian:12", "openssl"), query("PyPI", "zope-interface")])

    assert (answer.as_of, answer.newest) == (START, START + timedelta(days=3))
    assert answer.refreshed == f"with: rebuild-bot advisories fetch --into {upstream.folder}"


def test_records_are_whole(upstream: Upstream) -> None:
    upstream.fetch("Debian")

    [_, record] = OsvMirror(upstream.folder).ask([query("Debian:13", "openssl")]).records[query("Debian:13", "openssl")]

    assert record == RECORDS[1]


@pytest.mark.parametrize(
    ("ecosystem", "said"),
    [
        pytest.param("Rocky Linux:9", "rebuild-bot advisories fetch --ecosystem 'Rocky Linux' --into", id="not fetched"),
        pytest.param("../x", "no name of an ecosystem", id="a path"),
        pytest.param("", "no name of an ecosystem", id="nothing"),
    ],
)
def test_an_ecosystem_that_is_not_there_is_told_with_the_remedy(upstream: Upstream, ecosystem: str, said: str) -> None:
    upstream.fetch("Debian")

    answer = OsvMirror(upstream.folder).ask([query(ecosystem, "openssl"), query("Debian:12", "openssl")])

    assert set(answer.records) == {query("Debian:12", "openssl")}
    assert said in answer.failed[query(ecosystem, "openssl")]


def test_without_a_folder_everything_is_told(tmp_path: Path) -> None:
    answer = OsvMirror(tmp_path / "none").ask([query("Debian:12", "openssl")])

    assert (answer.records, answer.as_of) == ({}, None)
    assert "Debian in the mirror" in answer.failed[query("Debian:12", "openssl")]


def _broken_tables(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TABLE names")


def _broken_records(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE records SET body = x'00'")


def _other_version(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")


@pytest.mark.parametrize(
    "breaking",
    [
        pytest.param(lambda path: path.write_bytes(b""), id="empty"),
        pytest.param(lambda path: path.write_bytes(b"no database" * 100), id="no database"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:5000]), id="cut short"),
        pytest.param(_broken_tables, id="without a table"),
        pytest.param(_broken_records, id="records of nonsense"),
        pytest.param(_other_version, id="of another version"),
    ],
)
def test_an_index_that_can_not_be_read_is_told_and_made_anew(upstream: Upstream, breaking) -> None:
    upstream.fetch("Debian")
    breaking(index_path(upstream.folder, "Debian"))
    asked = query("Debian:12", "openssl")

    failed = OsvMirror(upstream.folder).ask([asked]).failed[asked]
    index_path(upstream.folder, "Debian").unlink(missing_ok=True)
    upstream.fetch("Debian")

    assert "rebuild-bot advisories fetch --ecosystem Debian" in failed
    assert "sqlite" not in failed.replace(str(upstream.folder), "")
    assert len(OsvMirror(upstream.folder).ask([asked]).records[asked]) == 2


def test_what_has_not_changed_is_not_fetched_again_and_is_of_today(upstream: Upstream) -> None:
    first = upstream.outcomes("Debian:12", "Debian", "PyPI")
    upstream.clock.advance(timedelta(days=1))
    upstream.osv.put(advisory("PYSEC-1", ("PyPI", "jinja2")))

    second = upstream.outcomes("Debian", "PyPI")

    assert first == [("Debian", Outcome.FETCHED), ("PyPI", Outcome.FETCHED)]
    assert second == [("Debian", Outcome.UNCHANGED), ("PyPI", Outcome.FETCHED)]
    assert [(one.ecosystem, one.about.records, one.about.as_of) for one in held(upstream.folder) if one.about] == [
        ("Debian", 2, upstream.clock()),
        ("PyPI", 2, upstream.clock()),
    ]
    assert upstream.left == [".turn", "Debian.sqlite3", "PyPI.sqlite3"]


def test_the_archives_of_another_address_are_fetched_whatever_their_tag(upstream: Upstream) -> None:
    upstream.fetch("Debian")
    with serving(OsvSandbox(RECORDS), upstream.folder) as other:
        assert other.outcomes("Debian") == [("Debian", Outcome.FETCHED)]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        pytest.param(ServerError(status=500), "500 Internal Server Error", id="500"),
        pytest.param(ServerError(status=403), "403. Check assess.archives_url", id="403"),
        pytest.param(DroppedConnection(), "the answer broke off, or is no HTTP", id="no answer"),
        pytest.param(CutShort(), "broke off", id="cut short"),
        pytest.param(StrangeAnswer(), "no zip archive, or a broken one; what the mirror had stays", id="a proxy's page"),
    ],
)
def test_an_ecosystem_that_fails_stays_as_it_was_and_stops_no_other(upstream: Upstream, fault: Fault, said: str) -> None:
    upstream.fetch("Debian", "PyPI")
    upstream.clock.advance(timedelta(days=1))
    upstream.osv.put(advisory("DEBIAN-CVE-2026-3", ("Debian:12", "openssl")))
    upstream.osv.faults.switch_on("GET /Debian/all.zip", fault)

    debian, pypi = upstream.fetch("Debian", "PyPI")

    assert (debian.outcome, pypi.outcome) == (Outcome.FAILED, Outcome.UNCHANGED)
    assert said in debian.problem
    assert OsvMirror(upstream.folder).ask([query("Debian:12", "openssl")]).as_of == START
    assert upstream.left == [".turn", "Debian.sqlite3", "PyPI.sqlite3"]


def test_a_passing_fault_is_outlived(upstream: Upstream) -> None:
    upstream.osv.faults.switch_on(ARCHIVES, CutShort(), times=2)

    assert upstream.outcomes("Debian") == [("Debian", Outcome.FETCHED)]


@pytest.mark.parametrize(
    ("ecosystem", "said"),
    [
        pytest.param("debian", "did you mean 'Debian'?", id="capitals"),
        pytest.param("../../etc", "no name of an ecosystem", id="a path"),
        pytest.param("a/b", "no name of an ecosystem", id="a slash"),
        pytest.param("", "no name of an ecosystem", id="nothing"),
    ],
)
def test_a_wrong_name_is_told(upstream: Upstream, ecosystem: str, said: str) -> None:
    [fetched] = upstream.fetch(ecosystem)

    assert fetched.outcome is Outcome.FAILED
    assert said in fetched.problem
    assert upstream.left == [".turn"]


def test_an_archive_that_speaks_of_other_ecosystems_alone_is_none(upstream: Upstream) -> None:
    upstream.osv.faults.switch_on("GET /Alpine/all.zip", StrangeAnswer(body=upstream.osv.archive("Debian"), kind="application/zip"))

    [fetched] = upstream.fetch("Alpine")

    assert "no advisory of Alpine is in it" in fetched.problem
    assert upstream.left == [".turn"]


def test_what_a_killed_run_left_does_no_harm(upstream: Upstream) -> None:
    upstream.fetch("Debian")
    for name in (".Debian.zip.new", ".Debian.sqlite3.new", ".PyPI.sqlite3.new-journal"):
        (upstream.folder / name).write_bytes(b"half")
    upstream.osv.put(advisory("DEBIAN-CVE-2026-3", ("Debian:12", "openssl")))

    assert upstream.outcomes("Debian") == [("Debian", Outcome.FETCHED)]
    assert upstream.left == [".turn", "Debian.sqlite3"]
    assert len(OsvMirror(upstream.folder).ask([query("Debian:12", "openssl")]).records[query("Debian:12", "openssl")]) == 3


def test_records_of_odd_types_are_found_by_what_names_they_have(upstream: Upstream) -> None:
    odd = [
        {"id": "A", "modified": 1, "affected": "all"},
        {
            "id": "B",
            "affected": [None, {"package": []}, {"package": {"ecosystem": 1, "name": "x"}}, {"package": {"ecosystem": "npm", "name": []}}],
        },
        {"id": "C", "affected": [{"package": {"ecosystem": "npm", "name": "x\ud800"}}, {"package": {"ecosystem": "npm", "name": "x"}}]},
    ]
    upstream.folder.mkdir()
    path = index_path(upstream.folder, "npm")

    assert index.build(path, odd, "npm") == 1
    index.finish(path, index.About(ecosystem="npm", url="", as_of=START, records=1))
    assert [record["id"] for record in OsvMirror(upstream.folder).ask([query("npm", "x")]).records[query("npm", "x")]] == ["C"]


@pytest.mark.parametrize(
    ("left", "outcome"),
    [
        pytest.param(100, Outcome.UNCHANGED, id="none lost"),
        pytest.param(95, Outcome.FETCHED, id="few lost, as happens"),
        pytest.param(94, Outcome.FAILED, id="more than few"),
        pytest.param(1, Outcome.FAILED, id="all but one lost"),
    ],
)
@pytest.mark.parametrize("is_moved", [pytest.param(False, id="the same address"), pytest.param(True, id="another address")])
def test_an_archive_that_lost_its_records_is_not_believed(tmp_path: Path, left: int, outcome: Outcome, is_moved) -> None:
    some = [advisory(f"GHSA-{number}", ("npm", f"p{number}")) for number in range(100)]
    with serving(OsvSandbox(some), tmp_path / "mirror") as first:
        first.fetch("npm")
        for record in some[left:]:
            del first.osv.records[record["id"]]
        first.clock.advance(timedelta(days=1))
        with serving(first.osv, first.folder) as other:
            there = other if is_moved else first
            [fetched] = there.fetch("npm")
            held_then = [one.about.records for one in held(first.folder) if one.about]
            [accepted] = there.fetch("npm", accept_fewer=True)

    assert fetched.outcome is (Outcome.FETCHED if is_moved and left == 100 else outcome)
    assert held_then == [100 if outcome is Outcome.FAILED else left]
    if outcome is Outcome.FAILED:
        assert f"it has {left} advisories of npm, and the mirror has 100; what the mirror had stays." in fetched.problem
        assert fetched.problem.endswith(f"fetch --ecosystem npm --into {first.folder} --accept-fewer")
    assert accepted.about is not None
    assert accepted.about.records == left
    assert first.left == [".turn", "npm.sqlite3"]


def test_a_damaged_index_is_listed_with_the_remedy(upstream: Upstream) -> None:
    upstream.fetch("Debian")
    index_path(upstream.folder, "Debian").write_bytes(b"no database" * 100)

    [one] = held(upstream.folder)

    assert one.problem == f"can't be read. Fetch it with: rebuild-bot advisories fetch --ecosystem Debian --into {upstream.folder}"


def test_a_folder_that_can_not_be_made_is_told(upstream: Upstream) -> None:
    upstream.folder.write_text("a file")

    with pytest.raises(FileExistsError):
        upstream.fetch("Debian")


def test_other_files_in_the_folder_are_not_its_own(upstream: Upstream) -> None:
    upstream.fetch("Debian")
    for name in ("notes.txt", ".hidden.sqlite3", " .sqlite3"):
        (upstream.folder / name).write_text("")

    assert [one.ecosystem for one in held(upstream.folder)] == ["Debian"]
