"""GitHub merges by itself what the rules let it, and no longer than they do; writes are counted."""

import json

import pytest

from bot.clients.github import GitHubForge
from bot.model.pull_request import Outcome
from bot.sandbox.github.sandbox import BOT_LOGIN, BOT_TOKEN
from bot.sandbox.github.state import MergeMethod
from tests.end_to_end.conftest import Acme, run

SHOP = "acme/shop"
RULES = "rules: [{name: small, match: {dependencies: [python]}, auto_merge: [digest, patch]}]\n"
DOES = "GitHub merges it once all that its base branch requires is there"


def configure(acme: Acme, old: str, new: str) -> None:
    acme.config.write_text(acme.config.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


@pytest.fixture
def shop(acme):
    """A repo that is behind by a patch, with a required check, and a rule that lets GitHub merge it."""
    configure(acme, "defaults:", f"{RULES}defaults:")
    for tag in ("3.12.4", "3.12.5"):
        acme.release(tag)
    acme.github.create_repo("acme", "shop", {"Dockerfile": "FROM python:3.12.4\n"})
    acme.github.protect(SHOP, "build")
    return acme


def sent(acme: Acme):
    (one,) = run(acme).sent
    return one.outcome, one.note


def pull(acme: Acme):
    return acme.github.issue(SHOP, 1).pull


def test_github_merges_it_once_the_required_check_is_green(shop):
    outcome, note = sent(shop)
    assert (outcome, note) == (Outcome.OPENED, DOES)
    assert (pull(shop).auto_merge.by.login, pull(shop).auto_merge.method) == (BOT_LOGIN, MergeMethod.MERGE)

    requests = shop.faults.count()
    assert sent(shop) == (Outcome.UNCHANGED, "")
    assert shop.faults.writes == 0
    assert shop.faults.count() < requests
    assert pull(shop).merged_at is None

    shop.github.set_check(SHOP, 1, "SUCCESS")
    assert pull(shop).merged_at is not None
    assert not run(shop).sent


REFUSED = [
    pytest.param({"allows_auto_merge": False}, ("build",), "the repo does not allow auto-merge", id="not allowed"),
    pytest.param({}, (), "its base branch requires nothing that is missing", id="nothing is required"),
]


@pytest.mark.parametrize(("options", "checks", "why"), REFUSED)
def test_where_the_repo_does_not_let_it_the_run_says_why_and_writes_nothing(shop, options, checks, why):
    shop.github.protect(SHOP, *checks, **options)
    outcome, note = sent(shop)
    again = sent(shop)

    assert outcome is Outcome.OPENED
    assert note.startswith(f"GitHub does not merge it by itself: {why}")
    assert again == (Outcome.UNCHANGED, note)
    assert shop.faults.writes == 0
    assert pull(shop).auto_merge is None
    assert pull(shop).merged_at is None


def test_it_is_asked_for_once_the_repo_lets_it(shop):
    shop.github.protect(SHOP, "build", allows_auto_merge=False)
    run(shop)
    shop.github.protect(SHOP, "build", methods=[MergeMethod.SQUASH])
    plan = shop.run("run", "--dry-run", "--format", "json")
    assert plan.returncode == 0
    assert "GitHub would be asked to merge it by itself" in plan.stdout
    assert pull(shop).auto_merge is None

    assert sent(shop) == (Outcome.UPDATED, DOES)
    assert shop.faults.writes == 1
    assert pull(shop).auto_merge.method is MergeMethod.SQUASH


def test_who_turns_it_off_is_obeyed(shop):
    run(shop)
    shop.github.stop_auto_merge(SHOP, 1, by="ana")

    assert sent(shop) == (Outcome.UNCHANGED, "GitHub does not merge it by itself: ana turned it off")
    assert shop.faults.writes == 0


def test_before_it_asks_for_more_than_the_rules_let_through_it_ends(shop, monkeypatch):
    run(shop)
    shop.release("3.12.6")
    configure(shop, "[digest, patch]", "[digest]")
    done: list[str] = []
    for name in ("turn_off_auto_merge", "write"):
        monkeypatch.setattr(GitHubForge, name, noted(done, name, getattr(GitHubForge, name)))
    outcome, note = sent(shop)

    assert outcome is Outcome.UPDATED
    assert "GitHub merges it by itself no more: the rules (auto_merge) do not let it" in note
    assert pull(shop).auto_merge is None
    assert done == ["turn_off_auto_merge", "write"]


def noted(done: list[str], name: str, real):
    def call(*arguments, **options):
        done.append(name)
        return real(*arguments, **options)

    return call


def test_what_can_not_be_ended_is_not_written(shop):
    run(shop)
    shop.release("3.12.6")
    configure(shop, "[digest, patch]", "[digest]")
    shop.github.world.tokens[BOT_TOKEN].may_write = False
    before = pull(shop).head_sha

    assert sent(shop)[0] is Outcome.FAILED
    assert pull(shop).head_sha == before


def test_where_others_commit_to_its_branch_it_ends(shop):
    run(shop)
    branch = pull(shop).head
    shop.github.commit_files(SHOP, {"Dockerfile": "FROM evil:1\n"}, message="x", branch=branch, author="mallory")
    outcome, note = sent(shop)

    assert outcome is Outcome.EDITED_BY_HUMAN
    assert "GitHub merges it by itself no more: it holds commits of mallory" in note
    assert pull(shop).auto_merge is None
    sent(shop)
    assert shop.faults.writes == 0


def test_what_is_held_meanwhile_is_taken_back(shop):
    run(shop)
    configure(shop, "auto_merge:", 'ignore: [{versions: "3.12.5", reason: broken}], auto_merge:')
    run(shop)

    assert pull(shop).auto_merge is None


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_a_run_that_is_cut_off_before_it_is_asked_for_is_completed_by_the_next(shop, monkeypatch, error):
    def broken(*_arguments):
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(GitHubForge, "turn_on_auto_merge", broken)
        run(shop)
    assert pull(shop).auto_merge is None

    outcome, note = sent(shop)

    assert (outcome, note.endswith(DOES)) == (Outcome.UPDATED, True)
    assert pull(shop).auto_merge.by.login == BOT_LOGIN
    assert (sent(shop), shop.faults.writes) == ((Outcome.UNCHANGED, ""), 0)


def test_what_a_person_turned_on_stays(shop):
    configure(shop, RULES, "")
    run(shop)
    shop.github.wish_auto_merge(SHOP, 1, by="ana")

    assert sent(shop) == (Outcome.UNCHANGED, "")
    assert pull(shop).auto_merge.by.login == "ana"


def test_a_fleet_without_such_rules_asks_nothing(shop):
    configure(shop, RULES, "")
    run(shop)
    run(shop)
    requests = shop.faults.count()
    configure(shop, "defaults:", "rules: [{name: other, match: {dependencies: [redis]}, auto_merge: [patch]}]\ndefaults:")
    run(shop)

    assert shop.faults.count() == requests


def asking(acme: Acme, **conditions: object) -> None:
    configure(acme, "auto_merge: [digest, patch]", f"auto_merge: [digest, patch], auto_merge_if: {json.dumps(conditions)}")


@pytest.mark.parametrize("has_ruleset", [False, True])
def test_a_check_that_the_rules_want_may_be_required_either_way(shop, has_ruleset):
    asking(shop, requires_check=True)
    shop.github.protect(SHOP, "build", has_ruleset=has_ruleset)

    assert sent(shop) == (Outcome.OPENED, DOES)
    assert sent(shop) == (Outcome.UNCHANGED, "")
    assert shop.faults.writes == 0


def test_where_no_check_is_required_the_run_says_so(shop):
    asking(shop, requires_check=True)
    shop.github.protect(SHOP)
    said = "its base branch requires no check, and the rules want one (auto_merge_if.requires_check)"

    assert sent(shop) == (Outcome.OPENED, f"GitHub does not merge it by itself: {said}")
    assert sent(shop) == (Outcome.UNCHANGED, f"GitHub does not merge it by itself: {said}")
    assert shop.faults.writes == 0
    assert pull(shop).auto_merge is None


def test_what_is_not_known_is_not_so(shop):
    """Of holes nothing is known here."""
    run(shop)
    assert pull(shop).auto_merge is not None
    asking(shop, closes="high")
    said = "it is not known to close a hole that is high or worse (auto_merge_if.closes)"

    outcome, note = sent(shop)
    assert outcome is Outcome.UPDATED
    assert said in note
    assert pull(shop).auto_merge is None
    assert sent(shop) == (Outcome.UNCHANGED, f"GitHub does not merge it by itself: {said}")
    assert shop.faults.writes == 0


@pytest.mark.parametrize(("role", "is_merged"), [("final-stage base", True), ("build-stage base", False)])
def test_a_rule_may_speak_of_some_roles(shop, role, is_merged):
    configure(shop, "match: {dependencies: [python]}", f"match: {{roles: [{role}]}}")
    run(shop)

    assert (pull(shop).auto_merge is not None) is is_merged
