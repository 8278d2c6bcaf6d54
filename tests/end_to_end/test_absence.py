"""What a registry lacks for one run, and what rules refuse, close nothing and lower nothing."""

import json
from datetime import timedelta

import pytest

from bot.model.pull_request import Outcome
from bot.model.update import NotAllowed
from bot.sandbox.faults import StrangeAnswer
from bot.sandbox.registry import Access
from tests.end_to_end.conftest import REPOS, TAGS, Acme, outcomes, run

LISTS = "GET /v2/docker.io/library/python/tags/list"


def answer(tags: object) -> StrangeAnswer:
    return StrangeAnswer(body=json.dumps({"name": "docker.io/library/python", "tags": tags}).encode(), kind="application/json")


def open_pulls(acme: Acme) -> dict[str, list[str]]:
    return {
        name: sorted(acme.github.issue(name, issue.number).title for issue, _ in acme.github.repo(name).pulls if issue.is_open)
        for name in REPOS
    }


@pytest.mark.parametrize("tags", [[], None, ["3.12.4"], ["3.12.4", "3.12.5"], ["nightly"]], ids=str)
def test_a_list_that_shrank_freezes_what_stands(fleet, tags):
    run(fleet)
    before = open_pulls(fleet)
    fleet.registry.faults.switch_on(LISTS, answer(tags))
    short = run(fleet)
    writes = fleet.writes
    fleet.registry.faults.switch_off()
    again = run(fleet)

    assert writes == 0
    assert not short.closed
    assert open_pulls(fleet) == before
    assert any("the list shrank" in failure.what for failure in short.failures), short.failures
    assert outcomes(again) == [(name, Outcome.UNCHANGED) for name in REPOS for _ in TAGS]
    assert not again.failures
    assert not again.closed


def test_the_command_says_that_a_list_shrank_and_exits_with_4(fleet):
    fleet.run("run")
    fleet.registry.faults.switch_on(LISTS, answer([]))

    done = fleet.run("run")

    assert done.returncode == 4
    assert "the list shrank" in done.stderr
    assert "closed" not in done.stdout


def test_a_value_that_is_gone_for_good_is_said_so_in_the_pull_request_that_goes_below_it(fleet):
    run(fleet)
    fleet.registry.remove_tag("docker.io/library/python", "3.12.6")
    lower = run(fleet)

    python = [sent for sent in lower.sent if "python" in sent.proposal.branch]
    assert {sent.outcome for sent in python} == {Outcome.UPDATED}
    assert all(sent.proposal.updates[0].release.value == "3.12.5" for sent in python)
    assert all("3.12.6, which an open pull request asks for, is not published any more" in sent.proposal.body for sent in python)
    assert not lower.failures


def test_a_list_that_stays_short_is_believed_after_a_week(fleet):
    run(fleet)
    fleet.registry.faults.switch_on(LISTS, answer(["3.12.4"]))
    at_first = run(fleet)
    fleet.github.clock.advance(timedelta(days=8))
    later = run(fleet)

    assert ["2 of 3 values that were there are missing" in failure.what for failure in at_first.failures] == [True]
    assert ["which an open pull request asks for, is not in it" in failure.what for failure in later.failures] == [True], later.failures


def configure(acme: Acme, rules: str) -> None:
    acme.config.write_text(acme.config.read_text(encoding="utf-8").partition("rules:")[0] + rules, encoding="utf-8")


PYTHON = "rules: [{{name: test, match: {{dependencies: [docker.io/library/python]}}, {}}}]"


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        pytest.param("allow: []", "a patch update; allowed: nothing", id="allow"),
        pytest.param("versions: '<3.12.5'", "outside of <3.12.5", id="versions"),
        pytest.param("ignore: [{versions: '>=3.12.5'}]", "ignored: >=3.12.5", id="ignore"),
    ],
)
def test_what_a_rule_refuses_is_said_and_comes_back_once_the_rule_allows_it(fleet, rule, words):
    first = run(fleet)
    configure(fleet, PYTHON.format(rule))
    refused = run(fleet)
    again = run(fleet)
    configure(fleet, "")
    allowed = run(fleet)

    verdicts = [decision.verdict for app in refused.apps for decision in app.decisions]
    moved_anew = [(repo, outcome) for repo, outcome in outcomes(allowed) if outcome is not Outcome.UNCHANGED]
    assert not [failure for summary in (first, refused, again, allowed) for failure in summary.failures]
    assert {verdict.reason for verdict in verdicts if isinstance(verdict, NotAllowed)} == {words}
    assert [end.pull_request.repo for end in refused.closed] == REPOS
    assert all(words in end.reason for end in refused.closed)
    assert not again.closed
    assert moved_anew == [(name, Outcome.OPENED) for name in REPOS], "the bot's own closing is no person's no"


def test_a_persons_no_stays_a_no(fleet):
    run(fleet)
    number = next(issue.number for issue, pull in fleet.github.repo(REPOS[0]).pulls if "python" in pull.head)
    fleet.github.close_issue(REPOS[0], number, by="mara")

    assert (REPOS[0], Outcome.DECLINED) in outcomes(run(fleet))


def test_a_dry_run_lists_what_it_would_close(fleet):
    fleet.run("run")
    configure(fleet, PYTHON.format("allow: []"))

    done = fleet.run("run", "--dry-run")

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("would be closed") == len(REPOS)
    assert (
        open_pulls(fleet)[REPOS[0]] == ["Update python to 3.12.6 in acme/app-0", "Update redis to 7.2.5 in acme/app-0"]
        or len(open_pulls(fleet)[REPOS[0]]) == 2
    )


def test_check_gives_no_all_clear_where_a_rule_refuses(acme, tmp_path):
    acme.registry.gate.access = Access.OPEN
    for tag in ("3.12.4", "3.12.6"):
        acme.release(tag)
    configure(acme, "rules: [{name: test, allow: []}]")
    folder = tmp_path / "repo"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM python:3.12.4\n", encoding="utf-8")

    done = acme.run("check", str(folder), "--format", "json")

    (row,) = json.loads(done.stdout)
    assert (row["verdict"], row["to"]) == ("not allowed", "3.12.6")
    assert row["reason"] == "not allowed: a patch update; allowed: nothing"
    assert "1 not allowed" in done.stderr
