"""An update that concerns many apps goes to a few of them first."""

import json
from datetime import timedelta

from bot.model.pull_request import Outcome
from bot.model.run import RunSummary
from bot.model.shard import Plan, Shard
from bot.model.turn import WaitsFor
from bot.report.markdown import plain
from bot.report.summary import step_summary
from bot.sandbox.github.sandbox import BOT_TOKEN
from bot.settings import load
from bot.wiring import fleet as fleet_wiring
from bot.wiring.fleet import Share
from tests.end_to_end.conftest import REPOS, Acme, run
from tests.end_to_end.test_turns import configure, opened

CANARY = "order: {canary: {from_apps: 3, first: 2, stop_at_percent: 30, most_days: 7}}\n"
ONLY_PYTHON = "rules: [{name: no redis, match: {dependencies: [redis]}, allow: []}]\n"


def with_canaries(acme: Acme, more: str = "") -> Acme:
    configure(acme, "defaults:", f"{CANARY}{ONLY_PYTHON}{more}defaults:")
    return acme


def pull_of(acme: Acme, repo: str) -> int:
    (number,) = [issue.number for issue, _ in acme.github.repo(repo).pulls if issue.is_open]
    return number


def merge_green(acme: Acme, repo: str) -> None:
    number = pull_of(acme, repo)
    acme.github.set_check(repo, number, "SUCCESS")
    acme.github.merge_pull_request(repo, number, by="ana")


def test_it_goes_on_once_the_first_are_merged_with_green_checks(fleet):
    with_canaries(fleet)
    first = run(fleet)
    assert opened(first) == REPOS[:2]
    assert [(one.repo, one.waits_for) for one in first.waiting] == [(repo, WaitsFor.CANARY) for repo in REPOS[2:]]
    assert any(exposure.blocked_by == f"waits for the apps that go first: {first.waiting[0].reason}" for exposure in first.exposures)

    again = run(fleet)
    assert (opened(again), fleet.writes) == ([], 0)
    assert "acme/app-0#1 (open, no checks), acme/app-1#1 (open, no checks)" in again.waiting[0].reason

    merge_green(fleet, REPOS[0])
    assert opened(run(fleet)) == REPOS[2:]


def test_it_stops_where_one_is_red_and_goes_on_once_it_is_green(fleet):
    with_canaries(fleet)
    run(fleet)
    merge_green(fleet, REPOS[0])
    fleet.github.set_check(REPOS[1], 1, "FAILURE")
    stopped = run(fleet)
    plan = fleet.run("plan", "--format", "json")

    assert opened(stopped) == []
    assert stopped.waiting[0].reason.startswith(
        "stopped: python 3.12.6 is red or declined in 1 of 2 apps that got it: acme/app-1#1 (open, red); look at them;"
    )
    rows = json.loads(plan.stdout)
    assert {row["reason"] for row in rows if row["waits_for"]} == {stopped.waiting[0].reason}
    assert plain(stopped.waiting[0].reason, most=500) in step_summary(stopped)

    fleet.github.set_check(REPOS[1], 1, "SUCCESS")
    assert opened(run(fleet)) == REPOS[2:]


def test_what_is_closed_without_a_merge_stops_it(fleet):
    with_canaries(fleet)
    run(fleet)
    fleet.github.close_issue(REPOS[0], 1, by="ana")
    stopped = run(fleet)

    assert opened(stopped) == []
    assert "acme/app-0#1 (declined)" in stopped.waiting[0].reason


def test_without_anybody_it_goes_on_after_the_longest_time(fleet):
    with_canaries(fleet)
    run(fleet)
    fleet.github.clock.advance(timedelta(days=6))
    before = run(fleet)
    fleet.github.clock.advance(timedelta(days=1, minutes=1))

    assert opened(before) == []
    assert opened(run(fleet)) == REPOS[2:]


def test_a_newer_release_begins_anew_with_those_that_are_open(fleet):
    with_canaries(fleet)
    run(fleet)
    fleet.github.clock.advance(timedelta(days=8))
    fleet.release("3.12.7")
    anew = run(fleet)

    assert [(sent.proposal.repo, sent.outcome) for sent in anew.sent] == [(repo, Outcome.UPDATED) for repo in REPOS[:2]]
    assert [one.repo for one in anew.waiting] == REPOS[2:]
    assert all("python 3.12.7 goes to 2 of 4 apps first" in one.reason for one in anew.waiting)


def test_checks_that_can_not_be_asked_hold_it_and_are_told(fleet):
    with_canaries(fleet)
    run(fleet)
    for repo in REPOS[:2]:
        merge_green(fleet, repo)
    (token,) = [one for one in fleet.github.world.tokens.values() if one.account.login == "rebuild-bot[bot]"]
    token.may_read_checks = False
    blind = run(fleet)

    assert opened(blind) == []
    (failure,) = blind.failures
    assert failure.where == "acme/app-0#1 and 1 more"
    assert "Resource not accessible by integration" in failure.what
    assert "count as red until they can" in blind.waiting[0].reason


def test_a_fleet_that_waits_for_nobody_asks_for_no_checks(fleet):
    configure(fleet, "defaults:", f"{ONLY_PYTHON}defaults:")
    run(fleet)
    without = run(fleet)
    requests = fleet.faults.count()
    configure(fleet, "defaults:", f"{CANARY}defaults:")

    assert opened(without) == []
    assert (opened(run(fleet)), fleet.faults.count()) == ([], requests)


def test_the_least_critical_go_first(fleet):
    with_canaries(fleet, "fleet_file: fleet.yaml\n")
    apps = ", ".join(
        f"{{repo: {repo}, name: app, criticality: {level}}}" for repo, level in zip(REPOS, ("high", "low", "medium", "low"), strict=True)
    )
    (fleet.folder / "fleet.yaml").write_text(f"apps: [{apps}]\n", encoding="utf-8")

    assert sorted(opened(run(fleet))) == [REPOS[1], REPOS[3]]


def run_shard(acme: Acme, number: int) -> RunSummary:
    plan = Plan(id="two", shards=(tuple(REPOS[:2]), tuple(REPOS[2:])))
    settings = load(acme.config, {"REBUILD_BOT_GITHUB_TOKEN": BOT_TOKEN})
    return fleet_wiring.run(settings, share=Share.of(plan, Shard(number=number, of=2)), now=acme.github.clock)


def test_each_shard_has_canaries_of_its_own_and_stops_by_itself(fleet):
    with_canaries(fleet)
    first = [opened(run_shard(fleet, number)) for number in (1, 2)]
    fleet.github.set_check(REPOS[0], 1, "FAILURE")
    merge_green(fleet, REPOS[2])
    second = [run_shard(fleet, number) for number in (1, 2)]

    assert first == [[REPOS[0]], [REPOS[2]]]
    assert [opened(one) for one in second] == [[], [REPOS[3]]]
    assert second[0].waiting[0].reason.startswith("stopped: python 3.12.6 is red or declined in 1 of 1 apps")
