"""OSV's service asked in batches: what it costs, and what a bad answer spoils."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bot.assess.osv.kept import Kept
from bot.assess.osv.query import Answer, Query
from bot.assess.osv.service import OsvService
from bot.clients.http import HttpClient
from bot.sandbox.clock import Clock
from bot.sandbox.faults import CutShort, DroppedConnection, Fault, ServerError, StrangeAnswer, TooManyRequests
from bot.sandbox.osv import OsvSandbox, _WrongError
from bot.sandbox.server import LOOPBACK, Server
from tests.advisories import advisory

BATCH = "POST /v1/querybatch"
RECORDS = "GET /v1/vulns/*"
OPENSSL = Query(ecosystem="Debian:12", name="openssl", version="3.0.11-1")
JINJA = Query(ecosystem="PyPI", name="jinja2", version="3.1.0")
NONE = Query(ecosystem="PyPI", name="unheard-of", version="1")


class Choosy(OsvSandbox):
    """Refuses a batch for one ecosystem in it."""

    def _page(self, asked, *, told):
        if asked["package"]["ecosystem"] == "Nowhere":
            raise _WrongError("Invalid ecosystem.")
        return super()._page(asked, told=told)


class Asking:
    """A service with its memory in a file, and the sandbox that it asks."""

    def __init__(self, osv: OsvSandbox, url: str, memory: Path | None) -> None:
        self.osv, self.url, self.memory = osv, url, memory
        self.clock = Clock()

    def ask(self, *queries: Query, progress: Callable[[str, int, int], None] = lambda *_: None) -> Answer:
        """As a run of its own does."""
        with HttpClient(reach=LOOPBACK, sleep=lambda _: None) as http, closing(Kept(self.memory, now=self.clock)) as kept:
            return OsvService(http=http, base_url=self.url, kept=kept, now=self.clock).ask(queries, progress)

    @property
    def costs(self) -> tuple[int, int]:
        """How many batches and how many records were asked for since the last look."""
        counted = self.osv.faults.count(BATCH), self.osv.faults.count(RECORDS)
        self.osv.faults.forget()
        return counted


@contextmanager
def asking(osv: OsvSandbox, memory: Path | None = None) -> Iterator[Asking]:
    with Server(osv.app) as server:
        yield Asking(osv, server.url, memory)


def osv(**options: int) -> OsvSandbox:
    records = [advisory(f"DEBIAN-CVE-2026-{number}", ("Debian:12", "openssl")) for number in range(5)]
    return OsvSandbox(
        [*records, advisory("GHSA-1", ("PyPI", "jinja2")), advisory("GHSA-2", ("Debian:12", "openssl"), ("PyPI", "jinja2"))], **options
    )


def names(answer: Answer, query: Query) -> list[str]:
    return [record["id"] for record in answer.records[query]]


def test_each_query_has_its_records_and_each_record_is_asked_for_once() -> None:
    with asking(osv(max_page=2)) as service:
        answer = service.ask(OPENSSL, JINJA, NONE, OPENSSL)

        assert names(answer, OPENSSL) == [*(f"DEBIAN-CVE-2026-{number}" for number in range(5)), "GHSA-2"]
        assert names(answer, JINJA) == ["GHSA-1", "GHSA-2"]
        assert answer.records[NONE] == ()
        assert answer.records[JINJA][1] == service.osv.records["GHSA-2"]
        assert (answer.failed, answer.name, answer.as_of) == ({}, "OSV", service.clock())
        assert service.costs == (3, 7)


def test_nothing_is_asked_where_nothing_is_wanted() -> None:
    with asking(osv()) as service:
        answer = service.ask()

        assert (answer.records, answer.failed, answer.as_of) == ({}, {}, None)
        assert service.costs == (0, 0)


def test_ten_thousand_queries_are_ten_batches() -> None:
    with asking(osv()) as service:
        answer = service.ask(*(Query(ecosystem="npm", name=f"p{number}", version="1") for number in range(10_000)))

        assert len(answer.records) == 10_000
        assert service.costs == (10, 0)


def test_long_names_make_smaller_batches() -> None:
    with asking(osv()) as service:
        answer = service.ask(*(Query(ecosystem="npm", name=f"{'p' * 990}{number}", version="1") for number in range(1000)))

        assert len(answer.records) == 1000
        assert service.costs == (3, 0)


def test_a_second_run_asks_nothing_and_one_some_hours_later_for_lists_alone(tmp_path: Path) -> None:
    with asking(osv(), tmp_path / "cache" / "osv.sqlite3") as service:
        first = service.ask(OPENSSL, JINJA, NONE)
        costs_of_first, asked_at = service.costs, service.clock()
        service.clock.advance(timedelta(hours=3))
        second = service.ask(OPENSSL, JINJA, NONE)
        costs_of_second = service.costs
        service.clock.advance(timedelta(hours=2))
        third = service.ask(OPENSSL, JINJA, NONE)

        assert costs_of_first == (1, 7)
        assert (costs_of_second, second.as_of) == ((0, 0), asked_at)
        assert (service.costs, third.as_of) == ((1, 0), service.clock())
        assert first.records == second.records == third.records


def test_a_list_of_a_time_to_come_is_asked_for_again(tmp_path: Path) -> None:
    with asking(osv(), tmp_path / "osv.sqlite3") as service:
        service.ask(JINJA)
        service.clock.set(service.clock() - timedelta(days=1))
        _ = service.costs

        assert service.ask(JINJA).as_of == service.clock()
        assert service.costs == (1, 0)


def test_only_a_record_that_changed_is_asked_for_again(tmp_path: Path) -> None:
    with asking(osv(), tmp_path / "osv.sqlite3") as service:
        service.ask(OPENSSL, JINJA)
        service.osv.put(advisory("GHSA-1", ("PyPI", "jinja2"), modified="2026-02-01T00:00:00Z", summary="told anew"))
        service.clock.advance(timedelta(days=1))
        _ = service.costs

        answer = service.ask(OPENSSL, JINJA)

        assert answer.records[JINJA][0]["summary"] == "told anew"
        assert service.costs == (1, 1)


def test_a_record_older_than_its_list_is_believed_and_not_kept(tmp_path: Path) -> None:
    with asking(osv(), tmp_path / "osv.sqlite3") as service:
        listed = {"results": [{"vulns": [{"id": "GHSA-1", "modified": "2027-01-01T00:00:00Z"}]}]}
        service.osv.faults.switch_on(BATCH, StrangeAnswer(body=json.dumps(listed).encode(), kind="application/json"))
        for _ in range(2):
            assert names(service.ask(JINJA), JINJA) == ["GHSA-1"]

        assert service.costs == (1, 2)


def test_what_was_remembered_of_one_service_is_not_said_of_another(tmp_path: Path) -> None:
    with asking(osv(), tmp_path / "osv.sqlite3") as first, asking(OsvSandbox(), tmp_path / "osv.sqlite3") as second:
        assert len(first.ask(JINJA).records[JINJA]) == 2
        assert second.ask(JINJA).records[JINJA] == ()


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\0" + b"x" * 4096], ids=["empty", "text", "broken"])
def test_a_memory_that_can_not_be_used_costs_requests_and_no_answer(tmp_path: Path, content: bytes) -> None:
    memory = tmp_path / "osv.sqlite3"
    memory.write_bytes(content)
    with asking(osv(), memory) as service:
        assert len(service.ask(JINJA).records[JINJA]) == 2
        assert len(service.ask(JINJA).records[JINJA]) == 2
        assert service.costs == (1, 2)


def test_a_memory_of_nonsense_is_asked_for_anew(tmp_path: Path) -> None:
    memory = tmp_path / "osv.sqlite3"
    with asking(osv(), memory) as service:
        service.ask(JINJA)
        with closing(sqlite3.connect(memory)) as connection, connection:
            connection.execute("UPDATE lists SET told = '[[1]]'")
            connection.execute("UPDATE records SET body = 'x'")
        _ = service.costs

        assert names(service.ask(JINJA), JINJA) == ["GHSA-1", "GHSA-2"]
        assert service.costs == (1, 2)


def test_a_folder_that_can_not_be_written_is_no_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with asking(osv(), tmp_path / "file" / "osv.sqlite3") as service:
        assert len(service.ask(JINJA).records[JINJA]) == 2


@pytest.mark.parametrize("fault", [ServerError(status=503), TooManyRequests(retry_after=None), DroppedConnection(), CutShort()], ids=repr)
@pytest.mark.parametrize("route", [BATCH, "GET /v1/vulns/GHSA-1"], ids=["list", "record"])
def test_a_passing_fault_is_outlived(route: str, fault: Fault) -> None:
    with asking(osv()) as service:
        service.osv.faults.switch_on(route, fault, times=3)

        assert service.ask(OPENSSL, JINJA).failed == {}


NO_NAME = "an advisory without a name"
NO_LIST = "a result that is no list of advisories"
WRONG_LENGTH = "not one result for each of 2 queries"


def each(result: object) -> StrangeAnswer:
    return strange({"results": [result] * 2})


def strange(told: object) -> StrangeAnswer:
    return StrangeAnswer(body=told if isinstance(told, bytes) else json.dumps(told).encode(), kind="application/json")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        pytest.param(StrangeAnswer(), "no valid JSON (line 1)", id="a proxy's page"),
        pytest.param(strange(b'{"results": [{'), "no valid JSON", id="cut short"),
        pytest.param(strange(b"[" * 100_000), "no valid JSON (nested too deeply)", id="nested"),
        pytest.param(strange([]), "no JSON object", id="a list"),
        pytest.param(strange({}), WRONG_LENGTH, id="nothing"),
        pytest.param(strange({"results": [{}]}), WRONG_LENGTH, id="too few"),
        pytest.param(strange({"results": [{}] * 3}), WRONG_LENGTH, id="too many"),
        pytest.param(strange({"results": {"0": {}, "1": {}}}), WRONG_LENGTH, id="no list"),
        pytest.param(strange({"results": [None, []]}), NO_LIST, id="no object"),
        pytest.param(each({"vulns": {}}), NO_LIST, id="vulns of another type"),
        pytest.param(each({"error": {"code": 13}}), "a result with 'error' in it", id="an error in place of a list"),
        pytest.param(each({"vulns": None}), NO_LIST, id="null for a list"),
        pytest.param(strange({"results": [{}, {}], "code": 13}), "an answer with 'code' in it", id="an error beside the lists"),
        pytest.param(each({"next_page_token": 1}), NO_LIST, id="a number for a token"),
        pytest.param(each({"vulns": [{}]}), NO_NAME, id="no name"),
        pytest.param(each({"vulns": [{"id": "a\nb"}]}), NO_NAME, id="a name of two lines"),
        pytest.param(each({"vulns": [{"id": ".."}]}), NO_NAME, id="a name that is a path"),
        pytest.param(each({"vulns": [{"id": "A" * 2000}]}), NO_NAME, id="an endless name"),
        pytest.param(each({"vulns": [{"id": "A", "modified": 1}]}), NO_NAME, id="modified as a number"),
        pytest.param(each({"next_page_token": "x"}), "more than 100 pages", id="pages in a circle"),
        pytest.param(each({"vulns": [{"id": "X/../Y?"}]}), "listed, and yet not there", id="a record that is not there"),
        pytest.param(ServerError(status=500), "500 Internal Server Error. Run again later.", id="500"),
        pytest.param(DroppedConnection(), "name its folder under assess.advisories", id="no answer"),
    ],
)
def test_a_bad_answer_fails_its_queries_in_plain_words(tmp_path: Path, fault: Fault, said: str) -> None:
    with asking(osv(), tmp_path / "osv.sqlite3") as service:
        service.osv.faults.switch_on(BATCH, fault)
        answer = service.ask(JINJA, NONE)
        service.osv.faults.switch_off()

        assert (answer.records, answer.as_of) == ({}, None)
        assert set(answer.failed) == {JINJA, NONE}
        assert all(said in reason and service.url in reason for reason in answer.failed.values())


def test_a_bad_answer_is_not_remembered(tmp_path: Path) -> None:
    with asking(osv(), tmp_path / "osv.sqlite3") as service:
        service.osv.faults.switch_on("* /v1/*", StrangeAnswer(), times=1)
        assert service.ask(JINJA).failed

        service.osv.faults.switch_on(RECORDS, StrangeAnswer(), times=2)
        assert "no valid JSON" in service.ask(JINJA).failed[JINJA]

        assert len(service.ask(JINJA).records[JINJA]) == 2


@pytest.mark.parametrize("depth", [100, 900, 990, 100_000])
def test_a_record_nested_deeply_ends_nothing(tmp_path: Path, depth: int) -> None:
    with asking(osv(), tmp_path / "osv.sqlite3") as service:
        nested = b'{"id": "GHSA-1", "modified": "2027-01-01T00:00:00Z", "x": ' + b"[" * depth + b"]" * depth + b"}"
        service.osv.faults.switch_on("GET /v1/vulns/GHSA-1", strange(nested))

        answer = service.ask(OPENSSL, JINJA)

        assert len(answer.records[OPENSSL]) == 6
        assert JINJA in answer.records or "nested too deeply" in answer.failed[JINJA]


def test_one_bad_batch_leaves_the_others() -> None:
    many = [Query(ecosystem="npm", name=f"p{number:04}", version="1") for number in range(2500)]
    with asking(osv()) as service:
        service.osv.faults.switch_on(BATCH, StrangeAnswer(), times=1)

        answer = service.ask(*many, OPENSSL)

        assert sorted((len(answer.records), len(answer.failed))) in ([1000, 1501], [501, 2000])


def test_one_bad_record_leaves_the_queries_that_do_not_have_it() -> None:
    with asking(osv()) as service:
        service.osv.faults.switch_on("GET /v1/vulns/GHSA-1", strange({"id": "GHSA-2"}))

        answer = service.ask(OPENSSL, JINJA)

        assert len(answer.records[OPENSSL]) == 6
        assert "another advisory than GHSA-1" in answer.failed[JINJA]


def test_a_query_that_the_service_does_not_know_spoils_no_other() -> None:
    good = [Query(ecosystem="npm", name=f"p{number}", version="1") for number in range(100)]
    bad = Query(ecosystem="Nowhere", name="x", version="1")

    with asking(Choosy()) as service:
        answer = service.ask(*good, bad, JINJA)

        assert set(answer.failed) == {bad}
        assert "does not take this question" in answer.failed[bad]
        assert service.costs[0] < 20


def test_a_service_that_refuses_everything_is_asked_a_bounded_number_of_times() -> None:
    with asking(Choosy()) as service:
        answer = service.ask(*(Query(ecosystem="Nowhere", name=f"p{number}", version="1") for number in range(3000)))

        assert len(answer.failed) == 3000
        assert service.costs[0] <= 100


@pytest.mark.parametrize("path", ["/nowhere", "/ecosystems.txt?"])
def test_an_address_without_a_service_is_told(path: str) -> None:
    with asking(osv()) as service:
        service.url += path

        assert service.ask(JINJA).failed[JINJA].endswith(". Check assess.osv_url in the configuration.")


def test_lists_without_end_are_given_up() -> None:
    sandbox = osv()
    sandbox.is_endless = True
    with asking(sandbox) as service:
        answer = service.ask(JINJA)

        assert "more than 100 pages for one package" in answer.failed[JINJA]
        assert service.costs[0] <= 101


def test_when_records_fail_one_after_the_other_the_rest_is_not_asked_for() -> None:
    records = [advisory(f"A-{number}", ("npm", f"p{number}")) for number in range(300)]
    queries = [Query(ecosystem="npm", name=f"p{number}", version="1") for number in range(300)]
    with asking(OsvSandbox(records)) as service:
        service.osv.faults.switch_on(RECORDS, ServerError(status=500))
        answer = service.ask(*queries)

        assert len(answer.failed) == 300
        assert "was not asked for" in answer.failed[queries[-1]]
        assert service.costs[1] <= 4 * 20


@pytest.mark.parametrize(
    "query",
    [
        Query(ecosystem="", name="a", version="1"),
        Query(ecosystem="npm", name="", version="1"),
        Query(ecosystem="npm", name="a" * 2000, version="1"),
    ],
    ids=["no ecosystem", "no name", "an endless name"],
)
def test_what_is_no_package_is_not_asked_for(query: Query) -> None:
    with asking(osv()) as service:
        answer = service.ask(query, JINJA)

        assert set(answer.failed) == {query}
        assert len(answer.records[JINJA]) == 2


def test_progress_is_told_and_comes_to_its_end() -> None:
    told: list[tuple[str, int, int]] = []
    with asking(osv()) as service:
        service.ask(OPENSSL, JINJA, progress=lambda *step: told.append(step))

    assert told[0] == ("packages", 0, 2)
    assert ("packages", 2, 2) in told
    assert told[-1] == ("advisories", 7, 7)
