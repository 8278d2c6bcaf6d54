"""A repo's own file makes the bot quieter there, costs nothing, and its faults are told once."""

import json

from bot.model.pull_request import Outcome
from bot.model.turn import WaitsFor
from tests.end_to_end.conftest import REPOS, Acme, run

FILE = ".github/rebuild-bot.yaml"
SHOP = REPOS[0]


def say(acme: Acme, text: str | None, repo: str = SHOP) -> None:
    acme.github.commit_files(repo, {FILE: text}, message="Tell the bot")


def opened(summary, repo: str = SHOP) -> list[str]:
    return sorted(sent.proposal.title for sent in summary.sent if sent.outcome is Outcome.OPENED and sent.proposal.repo == repo)


def test_what_the_file_ignores_stays_away_and_others_are_as_before(fleet):
    say(fleet, "rules: [{match: {dependencies: [redis]}, ignore: [{versions: '*', reason: the driver}]}]\n")
    summary = run(fleet)

    assert opened(summary) == ["Update python to 3.12.6"]
    assert len(opened(summary, REPOS[1])) == 2


def test_it_can_not_widen_what_the_organisation_allows(fleet):
    fleet.config.write_text(
        fleet.config.read_text(encoding="utf-8").replace("cooldown_days: 0", "cooldown_days: 9, allow: [minor]"), encoding="utf-8"
    )
    say(fleet, "allow: [major, minor, patch]\ncooldown_days: 0\nenabled: true\nlimits: {open_pull_requests: 99}\n")

    assert not run(fleet).sent


def test_its_limit_holds_in_the_repo_alone(fleet):
    say(fleet, "limits: {open_pull_requests: 1}\n")
    summary = run(fleet)
    (waiting,) = summary.waiting

    assert len(opened(summary)) == 1
    assert (waiting.repo, waiting.waits_for) == (SHOP, WaitsFor.REPO)
    assert waiting.reason == "1 are open in the repo (limits.open_pull_requests in its own file): once one is merged or closed"
    assert len(opened(summary, REPOS[1])) == 2


def test_off_leaves_what_is_open_alone(fleet):
    run(fleet)
    say(fleet, "enabled: false\n")
    fleet.release("3.12.7")
    summary = run(fleet)

    assert {sent.proposal.repo for sent in summary.sent} == set(REPOS[1:])
    assert not summary.closed
    assert sum(issue.is_open for issue, _ in fleet.github.repo(SHOP).pulls) == 2
    run(fleet)
    assert fleet.writes == 0


def issues(acme: Acme, repo: str = SHOP) -> list[tuple[str, str, bool]]:
    every = acme.github.repo(repo).issues.values()
    return [(issue.title, issue.body or "", issue.is_open) for issue in every if issue.pull is None]


def test_a_fault_is_told_once_closes_nothing_and_its_issue_ends_with_it(fleet):
    run(fleet)
    say(fleet, "allow: [majr]\n")
    fleet.release("3.12.7")
    told = run(fleet)
    written = fleet.writes
    (issue,) = issues(fleet)

    assert told.own_faults[0].faults == (".github/rebuild-bot.yaml:1: allow[1]: 'majr' is not known here; did you mean 'major'?",)
    assert {sent.proposal.repo for sent in told.sent} == set(REPOS[1:])
    assert sum(pull.is_open for pull, _ in fleet.github.repo(SHOP).pulls) == 2
    assert "'majr' is not known here" in issue[1]
    assert "nothing new goes out to this repo until it is mended" in issue[1]

    quiet = run(fleet)
    assert fleet.writes == 0
    assert quiet.own_faults == told.own_faults
    assert written

    say(fleet, "ignor: []\n")
    run(fleet)
    (edited,) = issues(fleet)
    assert "unknown key 'ignor'" in edited[1]
    assert edited[2]

    say(fleet, "ignore: []\n")
    mended = run(fleet)
    (closed,) = issues(fleet)
    assert not closed[2]
    assert not mended.own_faults
    assert SHOP in {sent.proposal.repo for sent in mended.sent}
    run(fleet)
    assert fleet.writes == 0


def test_a_file_that_is_no_text_lets_nothing_new_out(fleet):
    say(fleet, "allow: [patch]\n\0\0")
    summary = run(fleet)

    assert "it is binary, or too large" in summary.own_faults[0].faults[0]
    assert not opened(summary)
    assert len(opened(summary, REPOS[1])) == 2


def test_a_lost_cache_finds_the_issue_again(fleet):
    say(fleet, "allow: [majr]\n")
    run(fleet)
    (fleet.folder / "cache" / "repos.sqlite3").unlink()
    run(fleet)

    assert len(issues(fleet)) == 1
    assert fleet.writes == 0


def test_a_dry_run_tells_the_fault_and_writes_nothing(fleet):
    say(fleet, "odd: [@acme/all]\n")
    shown = fleet.run("run", "--dry-run", "--format", "json")

    assert not issues(fleet)
    assert [row["repo"] for row in json.loads(shown.stdout)["own_faults"]] == [SHOP]
    assert f"{SHOP}: nothing new goes out to it; .github/rebuild-bot.yaml:1: " in shown.stderr


def pulls(acme: Acme, repo: str):
    return {issue.title: pull for issue, pull in acme.github.repo(repo).pulls}


def test_drafts_and_owners_of_the_changed_files_cost_no_more_than_what_they_are(fleet):
    run(fleet)
    without = fleet.writes
    for repo in REPOS:
        for issue, pull in list(fleet.github.repo(repo).pulls):
            fleet.github.close_issue(repo, issue.number, by="rebuild-bot[bot]")
            fleet.github.delete_branch(repo, pull.head)
    fleet.github.user("ana")
    fleet.github.user("bob")
    text = fleet.config.read_text(encoding="utf-8").replace("cooldown_days: 0", "cooldown_days: 0, draft: [patch]")
    fleet.config.write_text(text, encoding="utf-8")
    say(fleet, "rules: [{match: {dependencies: [python]}, reviewers: [codeowners]}]\n")
    fleet.github.commit_files(SHOP, {"CODEOWNERS": "* @ana\n/worker/ @bob\n/cache/ @zoe\n"}, message="Owners")
    fleet.github.repo(REPOS[1]).allows_drafts = False
    fleet.release("3.12.7")
    fleet.release("7.2.6", repository="docker.io/library/redis")
    summary = run(fleet)
    made = pulls(fleet, SHOP)
    python, redis = made["Update python to 3.12.7"], made["Update redis to 7.2.6"]

    assert python.is_draft
    assert redis.is_draft
    assert sorted(who.login for who in python.reviewers) == ["ana", "bob"]
    assert not redis.reviewers
    assert not any(pull.is_draft for pull in pulls(fleet, REPOS[1]).values())
    assert [sent.outcome for sent in summary.sent].count(Outcome.OPENED) == 8
    # The labels are there by now, one for each repo; one asks for reviews; two were refused as drafts and written again.
    assert fleet.writes == without - len(REPOS) + 1 + 2

    python.is_draft = False
    run(fleet)
    assert not python.is_draft
    assert fleet.writes == 0


def test_it_costs_no_request_and_no_write(fleet):
    run(fleet)
    run(fleet)
    without = fleet.faults.requests
    say(fleet, "labels: [ours]\nwindows: [{days: [sunday]}]\n", REPOS[1])
    run(fleet)
    run(fleet)

    assert fleet.faults.requests == without
    assert fleet.writes == 0


def test_the_configuration_of_the_run_itself_is_no_wish(fleet):
    text = fleet.config.read_text(encoding="utf-8").replace("github:", "# ours\ngithub:")
    fleet.config.write_text(text.replace("cooldown_days: 0", "cooldown_days: 0, soak_days: null"), encoding="utf-8")
    say(fleet, fleet.config.read_text(encoding="utf-8"))
    summary = run(fleet)

    assert len(opened(summary)) == 2


def test_a_repo_without_issues_is_told_by_the_summary_alone_and_fails_no_night(fleet):
    fleet.github.repo(SHOP).has_issues = False
    say(fleet, "alow: [patch]\n")

    nights = [run(fleet), run(fleet)]

    assert [summary.failures for summary in nights] == [(), ()]
    assert [fault.repo for fault in nights[1].own_faults] == [SHOP]
    assert fleet.writes == 0
