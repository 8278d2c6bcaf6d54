"""The main job as its users start it: a process, real git, real HTTP."""

import json
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from bot.sandbox.faults import SlowAnswer
from bot.sandbox.github.state import MergeMethod

DOCKERFILE = b"# the shop\r\nFROM python:3.12.4-slim AS run\r\nCOPY . /app\r\n"


@pytest.fixture
def shop(acme):
    acme.release("3.12.4-slim")
    acme.release("3.12.5-slim")
    acme.github.create_repo("acme", "shop", {"Dockerfile": DOCKERFILE, "CODEOWNERS": "* @acme/web\n"})
    acme.github.create_repo("acme", "platform", {"README.md": "the leads' repo\n"})
    return acme


def pulls(acme, repo="acme/shop"):
    return [(issue.number, issue.title, issue.is_open) for issue, _ in acme.github.repo(repo).pulls]


def test_the_first_run_opens_the_second_writes_nothing(shop):
    first = shop.run("run")
    writes = shop.writes
    second = shop.run("run")

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert pulls(shop) == [(1, "Update python to 3.12.5-slim", True)]
    assert shop.github.read_file("acme/shop", "Dockerfile", ref="rebuild-bot/shop/python") == DOCKERFILE.replace(b"3.12.4", b"3.12.5")
    assert writes > 0
    assert shop.writes == writes
    assert "1 unchanged" in second.stderr


def test_data_of_config_maps_moves_where_the_configuration_says_so(acme):
    config_map = b"apiVersion: v1\nkind: ConfigMap\ndata:\n  image: docker.io/library/python:3.12.4-slim\n"
    acme.release("3.12.4-slim")
    acme.release("3.12.5-slim")
    acme.github.create_repo("acme", "shop", {"settings.yaml": config_map})

    off = acme.run("run")
    opened_while_off = pulls(acme)
    acme.config.write_text(f"{acme.config.read_text(encoding='utf-8')}\nfind: {{config_map_images: true}}\n", encoding="utf-8")
    on = acme.run("run")

    assert (off.returncode, opened_while_off) == (0, []), off.stderr
    assert on.returncode == 0, on.stderr
    assert acme.github.read_file("acme/shop", "settings.yaml", ref="rebuild-bot/shop/python") == config_map.replace(b"3.12.4", b"3.12.5")


def test_the_images_that_a_repo_builds_are_known_of_its_app(acme):
    workflow = "jobs: {a: {steps: [{uses: docker/build-push-action@v6, with: {push: true, tags: 'ghcr.io/${{ github.repository }}:1'}}]}}\n"
    acme.github.create_repo("acme", "shop", {".github/workflows/ci.yaml": workflow, "docs/build.adoc": "docker build -t x/y .\n"})

    result = acme.run("run", "--format", "json")

    (app,) = json.loads(result.stdout)["apps"]
    assert app["images"] == ["ghcr.io/acme/shop"]


def test_a_newer_release_updates_the_same_pull_request(shop):
    shop.run("run")
    shop.release("3.12.6-slim")

    again = shop.run("run")

    assert again.returncode == 0, again.stderr
    assert pulls(shop) == [(1, "Update python to 3.12.6-slim", True)]
    assert b"3.12.6-slim" in shop.github.read_file("acme/shop", "Dockerfile", ref="rebuild-bot/shop/python")


def test_the_weekly_issue_names_who_did_not_merge_until_they_do(shop):
    shop.run("run")
    first = shop.run("report")
    issue = shop.github.issue("acme/platform", 1)
    named = issue.body
    writes = shop.writes
    shop.run("report")
    shop.github.merge_pull_request("acme/shop", 1, by="mara", method=MergeMethod.SQUASH)
    last = shop.run("report")

    assert first.returncode == 0, first.stderr
    assert "shop" in named
    assert "@acme/web" in named
    assert shop.writes == writes + 1, "the same issue again is no write; closing it is one"
    assert last.returncode == 0, last.stderr
    assert not shop.github.issue("acme/platform", 1).is_open
    closed = shop.github.issue("acme/platform", 1).body
    assert "- **Cleared:** 1 app, 1 fix: 1 merged (shop).\n" in closed
    assert "3.12.4-slim" not in closed.partition("Cleared since")[0]


def test_a_dry_run_prints_and_writes_nothing(shop):
    result = shop.run("run", "--dry-run")

    assert result.returncode == 0, result.stderr
    assert "-FROM python:3.12.4-slim AS run" in result.stdout
    assert "+FROM python:3.12.5-slim AS run" in result.stdout
    assert shop.writes == 0
    assert pulls(shop) == []


def test_a_pull_request_that_was_declined_stays_closed_until_something_newer(shop):
    shop.run("run")
    shop.github.close_issue("acme/shop", 1, by="mara")

    declined = json.loads(shop.run("run", "--format", "json").stdout)
    shop.release("3.12.6-slim")
    again = json.loads(shop.run("run", "--format", "json").stdout)

    assert [sent["outcome"] for sent in declined["pull_requests"]] == ["declined"]
    assert [(sent["outcome"], sent["number"]) for sent in again["pull_requests"]] == [("opened", 2)]


def test_a_pull_request_whose_update_came_by_another_way_is_closed(shop):
    shop.run("run")
    shop.github.commit_files("acme/shop", {"Dockerfile": DOCKERFILE.replace(b"3.12.4", b"3.12.5")}, message="by hand")

    result = shop.run("run")

    assert result.returncode == 0, result.stderr
    assert pulls(shop) == [(1, "Update python to 3.12.5-slim", False)]


def test_a_branch_that_somebody_worked_on_is_left_alone(shop):
    shop.run("run")
    branch = "rebuild-bot/shop/python"
    shop.github.commit_files("acme/shop", {"notes": "mine\n"}, message="on top", branch=branch, author="mara")
    shop.release("3.12.6-slim")
    writes = shop.writes

    result = json.loads(shop.run("run", "--format", "json").stdout)

    assert [sent["outcome"] for sent in result["pull_requests"]] == ["edited by human"]
    assert shop.writes == writes + 1, "a comment that says so, once"
    shop.run("run")
    assert shop.writes == writes + 1


def test_a_registry_that_fails_freezes_its_pins_and_stops_nothing_else(shop):
    shop.github.create_repo("acme", "cache", {"Dockerfile": "FROM docker.io/library/redis:7.2.4\n"})
    shop.release("7.2.4", repository="docker.io/library/redis")
    shop.release("7.2.5", repository="docker.io/library/redis")
    shop.run("run")
    del shop.registry.store.repositories["docker.io/library/python"]
    shop.release("7.2.6", repository="docker.io/library/redis")

    result = shop.run("run", "--format", "json")
    rows = json.loads(result.stdout)

    assert result.returncode == 4
    assert [failure.partition(":")[0] for failure in rows["failures"]] == ["oci"]
    assert [(sent["repo"], sent["outcome"]) for sent in rows["pull_requests"]] == [("acme/cache", "updated")]
    assert pulls(shop) == [(1, "Update python to 3.12.5-slim", True)], "unknown is not vanished"


@pytest.mark.parametrize(
    ("token", "words", "code"),
    [
        pytest.param("", "Set REBUILD_BOT_GITHUB_TOKEN", 2, id="no token"),
        pytest.param("ghp_not_known", "Give a token that is valid", 4, id="a token that GitHub refuses"),
    ],
)
def test_without_a_good_token_the_error_says_the_remedy(shop, token, words, code):
    result = shop.run("run", token=token)

    assert result.returncode == code
    assert words in result.stderr
    assert "Traceback" not in result.stderr
    assert not token or token not in result.stderr


def test_a_bot_that_gets_another_account_goes_on_with_what_it_began(shop):
    shop.run("run")
    shop.run("report")
    text = shop.config.read_text()
    shop.config.write_text(text.replace("github: {", "github: {former_identities: ['rebuild-bot[bot]'], "))
    shop.github.add_token("another", "keeper")
    shop.release("3.12.6-slim")

    newer = shop.run("run", token="another")
    shop.run("report", token="another")

    assert "1 updated" in newer.stderr
    assert [title for _, title, _ in pulls(shop)] == ["Update python to 3.12.6-slim"]
    weekly = [issue for issue in shop.github.repo("acme/platform").issues.values() if issue.pull is None]
    assert len(weekly) == 1
    assert "3.12.6-slim" in weekly[0].body


def test_where_the_repos_live_elsewhere_the_missing_token_of_github_com_is_told(shop):
    elsewhere = re.sub(r'upstream_api_url: "[^"]*"', 'upstream_api_url: "http://127.0.0.1:1/other"', shop.config.read_text())
    shop.config.write_text(elsewhere)

    done = shop.run("run", "--dry-run")

    assert "notice: 127.0.0.1:1 is asked without a token, 60 times an hour at most; set REBUILD_BOT_UPSTREAM_TOKEN" in done.stderr


def test_a_rule_that_matches_no_pin_of_the_whole_fleet_is_told(shop):
    shop.config.write_text(shop.config.read_text() + "rules:\n- {name: typo, match: {dependencies: [pyhton]}, allow: []}\n")

    done = shop.run("run", "--dry-run", "--format", "json")
    of_one = shop.run("run", "--dry-run", "--repo", "acme/shop")

    assert "the rule 'typo' matched no pin of the fleet; check the names in its `match`" in done.stderr
    assert json.loads(done.stdout)["idle_rules"] == ["typo"]
    assert "typo" not in of_one.stderr


def test_of_two_runs_at_once_the_second_waits_and_says_for_whom(acme):
    acme.github.create_repo("acme", "shop", {"Dockerfile": "FROM python:3.12.4\n"})
    acme.release("3.12.5")
    acme.faults.switch_on("POST /api/graphql", SlowAnswer(delay=timedelta(seconds=3)), times=1)
    with ThreadPoolExecutor() as pool:
        calls = [pool.submit(acme.run, "run") for _ in range(2)]
    done = [call.result() for call in calls]

    assert [each.returncode for each in done] == [0, 0], [each.stderr for each in done]
    assert sum("waiting for another run to end: process " in each.stderr for each in done) == 1
    assert len(acme.github.repo("acme/shop").pulls) == 1


def test_a_run_ends_with_what_it_did_not_do(acme):
    acme.release("3.12.4")
    acme.github.create_repo("acme", "shop", {"Dockerfile": "FROM python:3.12.4\nFROM python:$UNKNOWN\n"})
    acme.github.create_repo("acme", "jobs", {"Dockerfile": "FROM python:latest\n"})

    told = acme.run("run")
    data = acme.run("run", "--format", "json")

    assert "not done: 1 undecided, 1 skipped; " in told.stderr
    undecided, skipped = json.loads(data.stdout)["not_done"]
    assert (undecided["why"], undecided["what"], undecided["where"]) == (
        "undecided",
        "docker.io/library/python latest",
        ["acme/jobs: Dockerfile:1"],
    )
    assert (skipped["why"], skipped["where"]) == ("skipped", ["acme/shop: Dockerfile:2"])


def test_an_app_that_is_opted_out_is_not_hidden_from_leads(acme):
    for tag in ("3.12.4", "3.12.5"):
        acme.release(tag)
    acme.github.create_repo("acme", "platform", {"README.md": "the weekly issue\n"})
    acme.github.create_repo("acme", "shop", {"Dockerfile": "FROM python:3.12.4  # rebuild-bot: ignore the vendor asks for it\n"})
    acme.github.create_repo("acme", "jobs", {"Dockerfile": "# rebuild-bot: ignore the vendor asks for it\nFROM python:3.12.4\n"})

    done = acme.run("report")

    issue = acme.github.issue("acme/platform", 1)
    assert done.returncode == 0, done.stderr
    assert issue.is_open
    assert "**jobs**" in issue.body
    assert "the vendor asks for it" in issue.body


def test_a_report_names_the_repos_that_are_empty_or_cannot_be_read(acme):
    acme.github.create_repo("acme", "platform", {"README.md": "the weekly issue\n"})
    acme.github.create_repo("acme", "new", {})
    broken = acme.github.create_repo("acme", "broken", {"Dockerfile": "FROM scratch\n"})
    shutil.rmtree(broken.store.path / "objects")
    (broken.store.path / "objects").mkdir()

    done = acme.run("report", "--format", "json")

    issue = acme.github.issue("acme/platform", 1)
    assert done.returncode == 4
    assert "failed: acme/broken: " in done.stderr
    assert "not looked at: acme/new: the repo has no commit yet" in done.stderr
    assert json.loads(done.stdout)["empty_repos"] == ["acme/new"]
    assert "**1 repo could not be looked at**, so nothing is said of them: `acme/broken`" in issue.body
    assert "1 repo without a commit yet: `acme/new`." in issue.body


def test_a_report_gives_no_all_clear_over_what_it_could_not_read(acme):
    acme.github.create_repo("acme", "platform", {"README.md": "the weekly issue\n"})
    acme.github.create_repo("acme", "shop", {"Dockerfile": "FROM python:3.12.4\n"})

    done = acme.run("report")

    issue = acme.github.issue("acme/platform", 1)
    assert done.returncode == 4
    assert "not needed" not in done.stderr
    assert issue.is_open
    assert "**No app is known to be stale**, but 1 dependency could not be read" in issue.body
    assert "`oci: docker.io/library/python` (of shop)" in issue.body
