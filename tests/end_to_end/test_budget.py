"""A run within GitHub's hourly limits: what it does not reach is told, and the next run begins with it."""

import json
import re
from contextlib import closing
from datetime import datetime, timedelta

import pytest

from bot.ledger.last_times import RUN
from bot.ledger.ledger import Ledger
from bot.model.pull_request import Outcome
from bot.report.summary import step_summary
from bot.sandbox.faults import StrangeAnswer
from bot.sandbox.github.sandbox import BOT_TOKEN
from bot.sandbox.github.state import Limit
from bot.sandbox.registry import Access
from bot.settings import load
from bot.wiring import fleet as fleet_wiring
from tests.end_to_end.conftest import REPOS, TAGS, Acme, outcomes, run

HOUR = timedelta(hours=1)


def leave(acme: Acme, requests: int) -> None:
    """So many requests by GraphQL until only the bot's reserve of a tenth is left of this hour."""
    acme.github.world.tokens[BOT_TOKEN].limits["graphql"] = Limit(limit=100, used=90 - requests, resets_at=acme.github.clock() + HOUR)


def run_before(acme: Acme) -> datetime | None:
    """When the whole fleet was gone through last, as the ledger has it."""
    with closing(Ledger.open(f"sqlite:///{acme.folder}/ledger.sqlite3")) as ledger:
        return ledger.last_times.of([RUN]).get(RUN)


@pytest.fixture
def many(acme: Acme) -> Acme:
    acme.registry.gate.access = Access.OPEN
    acme.registry.push_image("docker.io/library/python", "3.12.4")
    for number in range(30):
        acme.github.create_repo("acme", f"app-{number:02}", {"Dockerfile": "FROM python:3.12.4\n"})
    return acme


def test_a_run_ends_cleanly_before_the_limit_and_nobody_starves(many, monkeypatch):
    """The budget is enough for the survey and 25 of 30 repos each night, and nothing is remembered of any."""
    monkeypatch.setattr("bot.clients.github.pull_requests._WORKERS", 1)
    nights = []
    for _ in range(2):
        leave(many, 2)
        summary = run(many)
        assert not summary.failures
        assert many.faults.count("POST /api/graphql") == 2
        nights.append((summary.repos, [one.where for one in summary.not_reached]))
        many.github.clock.advance(timedelta(days=1))
        (many.folder / "cache" / "repos.sqlite3").unlink()

    first, second = nights
    assert first == (25, [f"acme/app-{number}" for number in range(25, 30)])
    assert second == (25, [f"acme/app-{number}" for number in range(20, 25)])


def test_a_run_that_did_not_reach_everything_is_no_run_of_the_whole_fleet(many):
    leave(many, 1)
    partial, before = run(many), run_before(many)
    many.github.clock.advance(2 * HOUR)
    many.github.world.tokens[BOT_TOKEN].limits.clear()
    whole, after = run(many), run_before(many)

    assert partial.not_reached
    assert before is None
    assert not whole.not_reached
    assert after is not None


def test_a_run_that_could_not_have_an_owners_repos_is_no_run_of_the_whole_fleet(many):
    many.faults.switch_on(
        "POST /api/graphql", StrangeAnswer(body=b'{"errors": [{"type": "FORBIDDEN", "message": "No."}]}', kind="application/json")
    )
    summary = run(many)

    assert [failure.where for failure in summary.failures] == ["acme"]
    assert run_before(many) is None


def test_what_was_not_reached_is_told_in_every_output(many):
    leave(many, 1)

    done = many.run("run", "--format", "json")

    told = json.loads(done.stdout)
    resumes = (many.github.clock() + HOUR + timedelta(seconds=1)).replace(microsecond=0)
    assert done.returncode == 4
    assert (told["repos"], told["failures"], len(told["not_reached"])) == (0, [], 30)
    assert told["not_reached"][0]["where"] == "acme/app-00"
    assert told["not_reached"][0]["resumes_at"] == resumes.isoformat()
    (undone,) = [one for one in told["not_done"] if one["why"] == "not reached"]
    assert (undone["count"], len(undone["where"])) == (30, 30)
    assert re.search(
        rf"not reached: acme/app-00, acme/app-01, acme/app-02 and 27 more: .*10 of 100 requests are left for others: "
        rf"github.reserve_percent\). It resumes at {resumes:%Y-%m-%d %H:%M:%S} UTC; run again then. The next run begins with these.",
        done.stderr,
    )
    assert done.stderr.count(f"{resumes:%H:%M}") == 1
    assert "0 repos, 0 pins; pull requests: none sent; 30 not reached" in done.stderr
    assert "Traceback" not in done.stderr

    issue = many.run("report", "--dry-run", "--format", "markdown")

    assert issue.returncode == 4
    assert "not reached: acme/app-00, " in issue.stderr


def test_the_weekly_issue_and_the_step_summary_name_what_was_not_reached(many):
    leave(many, 1)
    summary = step_summary(run(many))
    leave(many, 1)
    issue = many.run("report", "--dry-run", "--format", "markdown")

    assert issue.returncode == 4
    assert "## Not reached" in summary
    assert "`acme/app-00`<br>`acme/app-01`<br>`acme/app-02` and 27 more" in summary
    told = r"\*\*30 repos were not reached\*\*, for the budget of that hour was used up \(it resumes at \d\d:\d\d UTC\)"
    assert re.search(told, issue.stdout)


def test_what_may_not_be_written_any_more_is_written_by_the_next_run(fleet):
    leave(fleet, 4)

    first = run(fleet)
    fleet.github.clock.advance(2 * HOUR)
    fleet.github.world.requests_per_hour = 5000
    fleet.github.world.tokens[BOT_TOKEN].limits.clear()
    second = run(fleet)

    assert not first.failures
    assert [outcome for _, outcome in outcomes(first)] == [Outcome.OPENED] + [Outcome.NOT_REACHED] * (len(REPOS) * len(TAGS) - 1)
    assert {one.where for one in first.not_reached} >= set(REPOS)
    assert (second.failures, second.not_reached) == ((), ())
    assert [outcome for _, outcome in outcomes(second)].count(Outcome.OPENED) == len(REPOS) * len(TAGS) - 1


def test_an_app_looks_after_several_owners_and_one_where_it_is_not_installed_stops_none(acme):
    """Each by its own installation: the repos are private."""
    acme.registry.gate.access = Access.OPEN
    for tag in ("3.12.4", "3.12.5"):
        acme.registry.push_image("docker.io/library/python", tag)
    for owner in ("acme", "beta", "gone"):
        acme.github.create_repo(owner, "shop", {"Dockerfile": "FROM python:3.12.4\n"}, is_private=True)
    key = acme.github.add_app(7, slug="keeper", installed_for=["acme", "beta"])
    text = acme.config.read_text(encoding="utf-8").replace("owners: [acme]", "owners: [acme, gone, beta]")
    acme.config.write_text(text, encoding="utf-8")

    summary = fleet_wiring.run(load(acme.config, {"REBUILD_BOT_APP_ID": "7", "REBUILD_BOT_APP_PRIVATE_KEY": key}), now=acme.github.clock)

    assert outcomes(summary) == [("acme/shop", Outcome.OPENED), ("beta/shop", Outcome.OPENED)]
    (failure,) = summary.failures
    assert failure.where == "gone"
    assert failure.what.startswith("the GitHub App 7 is not installed for this owner. Install it there")


def test_a_repo_of_somebody_else_is_looked_at_where_it_is_named(acme):
    acme.registry.gate.access = Access.OPEN
    for tag in ("3.12.4", "3.12.5"):
        acme.registry.push_image("docker.io/library/python", tag)
    for name in ("acme/shop", "beta/shop", "beta/other"):
        acme.github.create_repo(*name.split("/"), {"Dockerfile": "FROM python:3.12.4\n"})
    text = acme.config.read_text(encoding="utf-8")
    acme.config.write_text(
        text.replace("owners: [acme]", 'owners: [acme], repos: {include: ["*", beta/shop, beta/none]}'), encoding="utf-8"
    )

    summary = run(acme)

    assert outcomes(summary) == [("acme/shop", Outcome.OPENED), ("beta/shop", Outcome.OPENED)]
    assert [one.where for one in summary.failures] == ["beta/none"]


def test_release_notes_stop_at_the_reserve_and_the_rest_goes_on(acme):
    """Of 14 repos of publishers, those that are asked about before the first answer has told of the limit: 8 requests at once, no more."""
    acme.registry.gate.access = Access.OPEN
    names = [f"app-{number:02}" for number in range(14)]
    for name in names:
        acme.github.create_repo("up", name, {"README.md": "x\n"})
        for tag in ("1.0.0", "1.0.1"):
            labels = {"org.opencontainers.image.source": f"https://github.com/up/{name}"}
            acme.registry.push_image(f"docker.io/library/{name}", tag, labels=labels)
        acme.github.add_release(f"up/{name}", "1.0.1", body="Fixed.")
        acme.github.create_repo("acme", name, {"Dockerfile": f"FROM {name}:1.0.0\n"})
    acme.github.world.tokens[BOT_TOKEN].limits["core"] = Limit(limit=1000, used=950, resets_at=acme.github.clock() + HOUR)

    summary = run(acme)

    assert 0 < acme.faults.count("GET /api/v3/repos/up/*") <= 8
    assert outcomes(summary) == [(f"acme/{name}", Outcome.OPENED) for name in names]
    assert not summary.failures
