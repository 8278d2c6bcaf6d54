"""What every workflow and action of this repo obeys, beyond what zizmor and the schemas say."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[3]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
ACTIONS = sorted((ROOT / ".github/actions").glob("*/action.yml"))
FILES = pytest.mark.parametrize("path", [*WORKFLOWS, *ACTIONS], ids=lambda path: str(path.relative_to(ROOT / ".github")))


def load(path: Path) -> Any:
    return YAML(typ="safe").load(path)


def steps(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for job in document["jobs"].values() if "jobs" in document else [document["runs"]]:
        yield from job["steps"]


def test_all_are_here():
    assert [path.name for path in WORKFLOWS] == ["ci.yml", "dashboard.yml", "rebuild-sharded.yml", "rebuild.yml", "weekly.yml"]
    assert [path.parent.name for path in ACTIONS] == ["rebuild-bot"]


@FILES
def test_foreign_actions_are_pinned_by_commit_with_the_version_beside(path):
    lines = [line.strip() for line in path.read_text().splitlines() if re.match(r"\s*(- )?uses:", line)]

    foreign = [line for line in lines if "uses: ./" not in line]

    assert foreign
    assert [line for line in foreign if not re.fullmatch(r"(- )?uses: [\w-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)] == []


def test_one_action_has_one_commit_everywhere():
    pins = {match.groups() for path in [*WORKFLOWS, *ACTIONS] for match in re.finditer(r"uses: (\S+)@(\S+) # (\S+)", path.read_text())}

    assert len(pins) == len({name for name, _, _ in pins})


@FILES
def test_scripts_hold_no_expression(path):
    assert [step["run"] for step in steps(load(path)) if "${{" in step.get("run", "")] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_nothing_is_permitted_but_by_job(path):
    document = load(path)

    assert document["permissions"] == {}
    assert all(job["permissions"] for job in document["jobs"].values())
    assert all(job["timeout-minutes"] < 360 for job in document["jobs"].values())


def test_those_that_write_to_the_ledger_never_overlap():
    groups = [load(ROOT / f".github/workflows/{name}.yml")["concurrency"] for name in ("rebuild", "rebuild-sharded", "weekly")]

    assert groups == [{"group": "rebuild-bot-ledger", "cancel-in-progress": False}] * 3


@pytest.mark.parametrize("path", [path for path in WORKFLOWS if path.name != "ci.yml"], ids=lambda path: path.name)
def test_what_the_workflows_hand_to_the_action_are_its_inputs(path):
    inputs = load(ACTIONS[0])["inputs"]
    handed = [step["with"] for step in steps(load(path)) if step.get("uses", "").startswith("./")]

    assert handed
    assert all(set(given) <= set(inputs) for given in handed)
    assert all({name for name, about in inputs.items() if about.get("required")} <= set(given) for given in handed)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_own_actions_are_used_as_every_github_knows_them(path):
    """A path from the checked-out repo: what begins with `$/` GitHub Enterprise Server does not know."""
    used = [step["uses"] for step in steps(load(path)) if "uses" in step]

    own = [place for place, name in enumerate(used) if name.startswith("./")]
    assert not any(name.startswith("$") for name in used)
    assert all(any(name.startswith("actions/checkout@") for name in used[:place]) for place in own)
