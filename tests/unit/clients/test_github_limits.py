"""What GitHub says of its limits, obeyed by all threads."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Barrier

import pytest

from bot.clients.github import GitHubForge, Pace, Token
from bot.clients.github.patience import Patience
from bot.clients.http import HttpClient
from bot.clients.pacing import Pacing, steady_clock
from bot.clients.reach import Reach
from bot.clients.short_memory import ShortMemory
from bot.model.forge import ClockError, ForgeError, NotNowError
from bot.model.listing import DatasourceError
from bot.model.secret import Secret
from bot.sandbox.clock import Clock
from bot.sandbox.faults import Fault, Faults, SecondaryRateLimit, StrangeAnswer, TooManyRequests
from bot.sandbox.github.sandbox import BOT_TOKEN, GitHubSandbox
from bot.sandbox.server import Server
from bot.watch.github import GitHubApi
from bot.watch.release_notes import GitHubReleaseNotes

MINUTE = timedelta(minutes=1)
PACE = Pace(between_writes=timedelta(), after_secondary_limit=MINUTE, longest_wait=timedelta(minutes=15), retry_backoff_seconds=0.0)
LIMITED_BY_GRAPHQL = StrangeAnswer(
    body=b'{"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}', kind="application/json"
)
SECONDARY_BY_GRAPHQL = StrangeAnswer(
    body=b'{"data": null, "errors": [{"message": "You have exceeded a secondary rate limit."}]}', kind="application/json"
)


@dataclass
class Bench:
    sandbox: GitHubSandbox
    faults: Faults
    url: str
    folder: Path
    sleeps: list[float] = field(default_factory=list)

    @property
    def clock(self) -> Clock:
        return self.sandbox.clock

    def pacing(self, sleep: Callable[[float], None] | None = None) -> Pacing:
        def advance(seconds: float) -> None:
            self.sleeps.append(seconds)
            self.clock.advance(timedelta(seconds=seconds))

        return Pacing(now=self.clock, sleep=sleep or advance)

    def forge(self, pacing: Pacing) -> GitHubForge:
        return GitHubForge(f"{self.url}/api/v3", credential=Token(text=Secret(BOT_TOKEN)), pace=PACE, pacing=pacing)


@pytest.fixture
def bench(tmp_path) -> Iterator[Bench]:
    sandbox = GitHubSandbox(tmp_path, clock=Clock(), requests_per_hour=20)
    sandbox.create_repo("acme", "shop", {"Dockerfile": "FROM a\n"})
    faults = Faults(sandbox.app)
    with Server(faults) as server:
        yield Bench(sandbox, faults, server.url, tmp_path)


@pytest.fixture
def both(bench) -> Iterator[tuple[GitHubForge, GitHubReleaseNotes]]:
    """Two ways to one GitHub with one token."""
    pacing = bench.pacing()
    forge = bench.forge(pacing)
    reach = Reach(named=frozenset({bench.url.removeprefix("http://")}))
    with HttpClient(pacing=pacing, reach=reach, sleep=lambda _: None, now=bench.clock) as http:
        limits = partial(forge.rest_limits, PACE.longest_wait)
        api = GitHubApi(http=http, base_url=f"{bench.url}/api/v3", token=forge.git_token, limits=limits)
        yield forge, GitHubReleaseNotes(api, silent=ShortMemory(bench.folder / "silent.json"), now=bench.clock())
    forge.close()


def by_graphql(forge: GitHubForge) -> object:
    return forge.repo("acme/shop").full_name


def by_rest(forge: GitHubForge) -> object:
    return forge.branch("acme/shop", "none", base="main")


def by_issue(forge: GitHubForge) -> object:
    return forge.open_issue("acme/shop", title="x", body="", labels=()).title


@pytest.mark.parametrize("ask", [by_graphql, by_rest, by_issue])
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(TooManyRequests(retry_after=MINUTE), id="429"),
        pytest.param(SecondaryRateLimit(retry_after=MINUTE), id="secondary limit"),
        pytest.param(SecondaryRateLimit(retry_after=None), id="secondary limit without a time"),
    ],
)
def test_while_github_wants_to_be_left_alone_no_thread_asks_it(bench, ask, fault):
    """One is told to wait; seven others come meanwhile, two of them with a forge of their own."""
    hold_back(bench, ask, fault)


@pytest.mark.parametrize(
    "fault", [pytest.param(LIMITED_BY_GRAPHQL, id="its limit"), pytest.param(SECONDARY_BY_GRAPHQL, id="secondary limit")]
)
def test_what_graphql_refuses_with_status_200_is_obeyed_as_well(bench, fault):
    hold_back(bench, by_graphql, fault)


def hold_back(bench: Bench, ask: Callable[[GitHubForge], object], fault: Fault) -> None:
    all_wait = Barrier(9, timeout=30)

    def sleep(seconds: float) -> None:
        if seconds:
            all_wait.wait()
            all_wait.wait()

    pacing = bench.pacing(sleep)
    forge, other = bench.forge(pacing), bench.forge(pacing)
    bench.faults.switch_on("* *", fault, times=1)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(ask, forge)
        while pacing.closed(bench.url.removeprefix("http://")) is None:
            assert not first.done()
            wait([first], timeout=0.01)
        others = [pool.submit(by_graphql if number % 2 else by_rest, other if number > 4 else forge) for number in range(7)]
        all_wait.wait()
        meanwhile = bench.faults.count()
        bench.clock.advance(MINUTE)
        all_wait.wait()
        results = [future.result() for future in [first, *others]]

    forge.close()
    other.close()
    assert meanwhile == 1
    assert len(results) == 8


def test_a_limit_that_is_used_up_is_not_asked_again_before_it_resumes(bench):
    """Nor is the other of the two budgets taken for used up."""
    forge = bench.forge(bench.pacing())
    for _ in range(20):
        by_graphql(forge)
    asked = bench.faults.count()

    with pytest.raises(NotNowError, match=r"acme/shop: 127\.0\.0\.1:\d+: the hourly limit of its graphql API is used up") as caught:
        by_graphql(forge)

    assert bench.faults.count() == asked
    assert caught.value.resumes_at == bench.clock() + timedelta(hours=1, seconds=1)
    assert str(caught.value).endswith("It resumes at 2026-01-05 10:00:01 UTC; run again then.")
    assert by_rest(forge) is None
    bench.clock.advance(timedelta(hours=1, seconds=1))
    assert by_graphql(forge) == "acme/shop"
    forge.close()


def test_a_limit_that_soon_resumes_is_waited_for(bench):
    forge = bench.forge(bench.pacing())
    for _ in range(20):
        by_graphql(forge)
    bench.clock.advance(timedelta(minutes=50))

    assert by_graphql(forge) == "acme/shop"
    assert bench.sleeps == [601.0]
    forge.close()


def test_somebody_else_may_have_used_it_up(bench):
    """Who shares the identity asked meanwhile: GitHub's refusal by REST tells, once."""
    forge, known = bench.forge(bench.pacing()), bench.sandbox.world.tokens[BOT_TOKEN]
    by_rest(forge)
    known.limits["core"].used = 20
    asked = bench.faults.count()

    for _ in range(2):
        with pytest.raises(NotNowError, match="the hourly limit of its core API is used up"):
            by_rest(forge)

    assert bench.faults.count() == asked + 1
    forge.close()


def test_a_wait_that_is_too_long_is_refused_at_once(bench):
    forge = bench.forge(bench.pacing())
    bench.faults.switch_on("* *", SecondaryRateLimit(retry_after=timedelta(hours=2)), times=1)

    for ask in (by_rest, by_graphql, by_issue):
        with pytest.raises(NotNowError, match=r"asked to be left alone\. It resumes at 2026-01-05 11:00:00 UTC"):
            ask(forge)

    assert bench.faults.count() == 1
    assert bench.sleeps == []
    forge.close()


def test_a_secondary_limit_that_goes_on_is_waited_for_longer_each_time(bench):
    forge = bench.forge(bench.pacing())
    bench.faults.switch_on("POST /api/graphql", SECONDARY_BY_GRAPHQL, times=3)

    assert by_graphql(forge) == "acme/shop"
    assert bench.sleeps == [60.0, 120.0, 240.0]
    forge.close()


def test_a_refusal_that_is_none_of_limits_closes_nothing(bench):
    pacing = bench.pacing()
    reader = Token(text=Secret(bench.sandbox.add_token("reads", "anna", may_write=False)))
    forge = GitHubForge(f"{bench.url}/api/v3", credential=reader, pace=PACE, pacing=pacing)

    with pytest.raises(ForgeError, match="GitHub said 403"):
        by_issue(forge)

    assert pacing.closed(bench.url.removeprefix("http://")) is None
    assert by_graphql(forge) == "acme/shop"
    forge.close()


def test_release_notes_and_the_forge_spend_one_budget(bench, both):
    forge, notes = both
    for _ in range(10):
        by_rest(forge)
    bench.sandbox.add_release("acme/shop", "v1")
    while bench.sandbox.world.tokens[BOT_TOKEN].limits["core"].used < 20:
        notes.of("acme/shop")
    asked = bench.faults.count()

    with pytest.raises(NotNowError, match="the hourly limit of its core API is used up"):
        by_rest(forge)
    with pytest.raises(DatasourceError, match=r"/releases: .*the hourly limit of its core API is used up.*It resumes at"):
        notes.of("acme/shop")

    assert bench.faults.count() == asked == 20, "nobody asks in vain"
    assert by_graphql(forge) == "acme/shop", "which has a budget of its own"


def test_what_the_forge_used_up_release_notes_do_not_ask_for(bench, both):
    forge, notes = both
    for _ in range(20):
        by_rest(forge)

    with pytest.raises(DatasourceError, match="the hourly limit of its core API is used up"):
        notes.of("acme/shop")

    assert bench.faults.count() == 20


@pytest.mark.parametrize(
    ("fault", "waited"),
    [
        pytest.param(SecondaryRateLimit(retry_after=MINUTE * 2), 120.0, id="secondary limit"),
        pytest.param(SecondaryRateLimit(retry_after=None), 60.0, id="secondary limit without a time"),
    ],
)
def test_what_release_notes_were_told_the_forge_obeys(bench, both, fault, waited):
    forge, notes = both
    bench.faults.switch_on("* *", fault, times=1)

    with pytest.raises(DatasourceError):
        notes.of("acme/shop")

    assert by_graphql(forge) == "acme/shop"
    assert bench.sleeps == [waited]
    assert bench.faults.count() == 2


def test_what_the_forge_was_told_release_notes_obey(bench, both):
    forge, notes = both
    bench.faults.switch_on("* *", SecondaryRateLimit(retry_after=timedelta(hours=2)), times=1)
    with pytest.raises(NotNowError):
        by_graphql(forge)

    with pytest.raises(DatasourceError, match="asked to be left alone"):
        notes.of("acme/shop")

    assert bench.faults.count() == 1


@pytest.mark.parametrize(
    ("off", "words"),
    [
        pytest.param(timedelta(days=365), "365 days ahead of", id="ahead"),
        pytest.param(timedelta(days=-20_000), "(20,000|19,999) days behind", id="a machine without a clock"),
        pytest.param(timedelta(hours=-3), "3.0 hours behind", id="in another zone"),
    ],
)
def test_a_clock_that_is_wrong_ends_all_before_anything_is_written(bench, off, words):
    forge = GitHubForge(f"{bench.url}/api/v3", credential=Token(text=Secret(BOT_TOKEN)), pace=PACE, now=lambda: datetime.now(UTC) + off)

    with pytest.raises(ClockError, match=f"this machine's clock is {words} .*Set it, then run again"):
        list(forge.survey("acme"))


def test_a_clock_that_is_a_little_off_stops_nothing(bench):
    now = lambda: datetime.now(UTC) - timedelta(minutes=50)  # noqa: E731
    forge = GitHubForge(f"{bench.url}/api/v3", credential=Token(text=Secret(BOT_TOKEN)), pace=PACE, now=now)

    assert [repo.full_name for repo in forge.survey("acme")] == ["acme/shop"]


@pytest.mark.parametrize("date", ["", "soon", "Mon, 05 Jan 2026 09:00:00 -0000", "Mon, 99 Jan 2026 09:00:00 GMT", None])
def test_what_is_no_date_tells_nothing_of_clocks_and_the_next_one_does(date):
    patience = Patience(Pacing(), host="github.example", who="", longest=MINUTE, now=lambda: datetime(2036, 1, 5, tzinfo=UTC))

    patience.compare_clocks({} if date is None else {"date": date})

    with pytest.raises(ClockError, match=r"ahead of that of github\.example"):
        patience.compare_clocks({"date": "Mon, 05 Jan 2026 09:00:00 GMT"})


def test_a_clock_that_is_set_during_a_run_makes_no_wait_longer():
    walls, seconds = iter([datetime(2026, 1, 5, tzinfo=UTC), datetime(2025, 1, 5, tzinfo=UTC)]), iter([100.0, 101.0, 103.0])
    pacing = Pacing(now=steady_clock(lambda: next(walls), lambda: next(seconds)))

    until = pacing.after(timedelta(seconds=10))

    assert pacing.wait_until(until) == timedelta(seconds=8)
