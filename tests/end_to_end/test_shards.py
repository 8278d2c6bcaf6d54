"""A fleet in shards: processes of their own, then one ledger and one summary."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from bot.ledger.ledger import Ledger
from bot.sandbox.github.sandbox import BOT_TOKEN
from tests.databases import fresh_postgres, postgres_server
from tests.end_to_end.conftest import REPOS, rebuild_bot


def job(acme, name):
    """A machine of its own: a folder with its own cache and ledger."""
    folder = acme.folder / name
    folder.mkdir()
    config = folder / "rebuild-bot.yaml"
    config.write_text(acme.config.read_text(encoding="utf-8").replace(f"{acme.folder}/", f"{folder}/"), encoding="utf-8")
    return folder


def call(folder, *arguments, **environment):
    return rebuild_bot(*arguments, folder=folder, environment={"REBUILD_BOT_GITHUB_TOKEN": BOT_TOKEN, **environment})


def titles(acme):
    return {name: [(issue.title, issue.is_open) for issue, _ in acme.github.repo(name).pulls] for name in REPOS}


@pytest.fixture
def planned(fleet):
    made = fleet.run("plan", "--shards", "2")
    assert made.returncode == 0, made.stderr
    return fleet


def run_shards(acme, *numbers, **environment):
    plan = str(acme.folder / "rebuild-bot-plan.json")
    folders = {number: job(acme, f"job-{number}") for number in numbers}

    def run(number):
        left = str(acme.folder / f"left-{number}")
        return call(folders[number], "run", "--shard", f"{number}/2", "--plan", plan, "--result", left, **environment)

    with ThreadPoolExecutor() as pool:
        return list(pool.map(run, numbers))


def test_shards_do_together_what_one_run_does(planned):
    first, second = run_shards(planned, 1, 2)
    merged = planned.run("merge", "left-1", "left-2", "--format", "json")
    after = titles(planned)
    whole = planned.run("run")

    assert (first.returncode, second.returncode, merged.returncode) == (0, 0, 0), first.stderr + second.stderr + merged.stderr
    summary = json.loads(merged.stdout)
    assert summary["repos"] == len(REPOS)
    assert sorted({one["repo"] for one in summary["pull_requests"]}) == REPOS
    assert all(pulls and all(is_open for _, is_open in pulls) for pulls in after.values())
    assert whole.returncode == 0, whole.stderr
    assert titles(planned) == after
    assert "opened" not in whole.stderr.splitlines()[-1]


def test_the_first_sights_of_every_shard_are_in_the_one_ledger(planned):
    run_shards(planned, 1, 2)
    planned.run("merge", "left-1", "left-2")

    with closing(Ledger.open(f"sqlite:///{planned.folder}/ledger.sqlite3")) as ledger:
        assert sorted(ledger.uses.images_by_repo()) == REPOS
        assert set(ledger.last_times.of(["run"])) == {"run"}


def test_a_shard_that_was_lost_is_named_and_the_next_run_is_told_of_no_whole_run(planned):
    (only,) = run_shards(planned, 1)
    merged = planned.run("merge", "left-1")

    assert only.returncode == 0, only.stderr
    assert merged.returncode == 4
    assert "failed: shard 2/2: it left no result, so that nothing is known of its" in merged.stderr
    with closing(Ledger.open(f"sqlite:///{planned.folder}/ledger.sqlite3")) as ledger:
        assert ledger.last_times.of(["run"]) == {}


def test_a_repo_that_came_after_the_plan_is_named_once_and_told_to_need_another(planned):
    planned.github.create_repo("acme", "late", {"Dockerfile": "FROM python:3.12.4\n"})
    first, second = run_shards(planned, 1, 2)
    merged = planned.run("merge", "left-1", "left-2")

    late = "failed: acme/late: it came after the plan was made, and no shard looks at it. Make a new plan for the next run."
    assert [late in one.stderr for one in (first, second, merged)] == [True, False, True]
    assert [one.returncode for one in (first, second, merged)] == [4, 0, 4]


def test_merging_twice_changes_nothing(planned):
    run_shards(planned, 1, 2)
    first = planned.run("merge", "left-1", "left-2", "--format", "json")
    ledger = planned.folder / "ledger.sqlite3"
    with closing(Ledger.open(f"sqlite:///{ledger}")) as opened:
        before = opened.uses.until(planned.github.clock())
    second = planned.run("merge", "left-1", "left-2", "--format", "json")

    assert first.stdout == second.stdout
    with closing(Ledger.open(f"sqlite:///{ledger}")) as opened:
        assert opened.uses.until(planned.github.clock()) == before


def test_what_is_no_part_of_the_plan_is_named_and_not_merged(planned):
    (planned.folder / "other").mkdir()
    (planned.folder / "other" / "result.json").write_text("{", encoding="utf-8")
    run_shards(planned, 1, 2)
    merged = planned.run("merge", "left-1", "left-2", "other", "nothing")

    assert merged.returncode == 4
    assert "failed: other: it is not what this version of rebuild-bot makes. Run the job of the shard again." in merged.stderr
    assert "failed: nothing: it is not there. Run the job of the shard again." in merged.stderr


def test_what_last_night_left_is_no_part_of_this_night(planned):
    run_shards(planned, 1, 2)
    planned.run("plan", "--shards", "2")
    merged = planned.run("merge", "left-1", "left-2", "--format", "json")

    assert merged.returncode == 4
    assert "failed: left-1: it is a part of another plan." in merged.stderr
    assert json.loads(merged.stdout)["repos"] == 0


def test_the_matrix_is_what_a_workflow_takes(fleet):
    made = rebuild_bot(
        "--config",
        str(fleet.config),
        "plan",
        "--shards",
        "3",
        "--format",
        "matrix",
        folder=fleet.folder,
        environment={"REBUILD_BOT_GITHUB_TOKEN": BOT_TOKEN, "GITHUB_OUTPUT": str(fleet.folder / "output")},
    )

    assert json.loads(made.stdout) == {"shard": ["1/3", "2/3", "3/3"]}
    assert (fleet.folder / "output").read_text(encoding="utf-8") == f"matrix={made.stdout}"


WRONG = {
    "no shard": (("run", "--shard", "3"), "write it like 3/8"),
    "a shard that the plan lacks": (("run", "--shard", "1/3"), "has 2 shards, so there is no 1/3"),
    "a plan that is missing": (("run", "--shard", "1/2", "--plan", "missing.json"), "missing.json: it is not there. Make it with"),
    "repos besides": (("run", "--shard", "1/2", "--repo", "acme/app-1"), "a shard has its repos from the plan"),
    "a result of the whole": (("run", "--result", "left"), "it is for a shard alone"),
    "a matrix of no shards": (("plan", "--format", "matrix"), "give --shards as well"),
    "a plan of no shards": (("plan", "--output", "plan.json"), "it is for shards alone; give --shards as well"),
    "no number of shards": (("plan", "--shards", "many"), "'many' is no number of shards; give 1 to 256, or auto"),
    "too many shards": (("plan", "--shards", "257"), "'257' is no number of shards"),
}


@pytest.mark.parametrize(("arguments", "said"), WRONG.values(), ids=WRONG)
def test_a_wrong_call_says_what_to_write(planned, arguments, said):
    result = planned.run(*arguments)

    assert result.returncode == 2
    assert said in " ".join(result.stderr.replace("│", " ").split())


@pytest.fixture(scope="module")
def server():
    with postgres_server() as url:
        yield url


def test_on_postgresql_the_shards_share_the_ledger(fleet, server):
    url = fresh_postgres(server, "shards")
    environment = {"REBUILD_BOT_LEDGER_URL": url}
    made = call(fleet.folder, "plan", "--shards", "2", **environment)
    first, second = run_shards(fleet, 1, 2, **environment)
    merged = call(fleet.folder, "merge", "left-1", "left-2", **environment)

    assert made.returncode == 0, made.stderr
    assert (first.returncode, second.returncode, merged.returncode) == (0, 0, 0), first.stderr + second.stderr + merged.stderr
    assert "waiting for another run" not in first.stderr + second.stderr
    assert not (fleet.folder / "left-1" / "ledger.sqlite3").exists()
    with closing(Ledger.open(url)) as ledger:
        assert sorted(ledger.uses.images_by_repo()) == REPOS
        assert set(ledger.last_times.of(["run"])) == {"run"}
