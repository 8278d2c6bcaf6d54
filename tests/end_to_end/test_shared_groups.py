"""One pull request for several apps of a repo: from the rule to the merge, with every write counted."""

import base64
import json
import re
from datetime import timedelta

import pytest

from bot.model.pull_request import Outcome
from bot.propose.marker import read
from bot.sandbox.registry import Access
from tests.end_to_end.conftest import Acme, outcomes, run

MONO = "acme/mono"
SHARED = "rebuild-bot/several_apps/group-runtime"
FOLDERS = ("services/billing", "services/shop", "services/web", "tools/lint")
FLEET = "\n".join(f"- {{repo: {MONO}, name: {folder.rpartition('/')[2]}, path: {folder}}}" for folder in FOLDERS)
CACHE = f"path: services/shop}}\n- {{repo: {MONO}, name: cache, path: services/shop/cache}}"
RULE = "rules: [{name: one for all, group: {name: runtime, paths: ['services/*']}}]\n"
_DATA = re.compile(r"(?<=<!-- rebuild-bot:pull-request:v1 )[^ ]+")


@pytest.fixture
def mono(acme: Acme) -> Acme:
    """A repo with four apps that are behind with the same image, of which three lie beside each other; one has another image besides."""
    acme.registry.gate.access = Access.OPEN
    for tag in ("3.12.4", "3.12.5"):
        acme.release(tag)
    for tag in ("7.2.4", "7.2.5"):
        acme.release(tag, repository="docker.io/library/redis")
    files = {f"{folder}/Dockerfile": "FROM python:3.12.4\n" for folder in FOLDERS} | {
        "services/shop/cache/Dockerfile": "FROM redis:7.2.4\n"
    }
    acme.github.create_repo("acme", "mono", files)
    (acme.folder / "fleet.yaml").write_text(f"apps:\n{FLEET}\n", encoding="utf-8")
    configure(acme, "defaults:", "fleet_file: fleet.yaml\nlimits: {open_pull_requests_per_repo: 20}\ndefaults:")
    return acme


@pytest.fixture
def shared(mono: Acme) -> Acme:
    """The same, where a night has asked three of the apps at once."""
    configure(mono, "defaults:", f"{RULE}defaults:")
    assert outcomes(run(mono)) == [(MONO, Outcome.OPENED)] * 2
    return mono


def configure(acme: Acme, old: str, new: str) -> None:
    acme.config.write_text(acme.config.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")


def open_ones(acme: Acme) -> dict[str, int]:
    """The numbers of the open pull requests, by their branches."""
    return {pull.head: issue.number for issue, pull in acme.github.repo(MONO).pulls if issue.is_open}


def assert_quiet(acme: Acme) -> None:
    for _ in range(2):
        acme.github.clock.advance(timedelta(hours=1))
        run(acme)
        assert acme.faults.writes == 0, acme.faults.requests


def say(acme: Acme, number: int, body: str) -> None:
    acme.github.clock.advance(timedelta(hours=1))
    acme.github.comment(MONO, number, body, by="alice")
    acme.github.clock.advance(timedelta(hours=1))


def test_apps_of_a_folder_get_one_pull_request_and_the_next_night_writes_nothing(shared):
    issue = shared.github.issue(MONO, open_ones(shared)[SHARED])
    table = [line.split(" | ")[0].strip("| ") for line in issue.body.splitlines() if "3.12.5" in line and line.startswith("| ")]

    assert open_ones(shared).keys() == {SHARED, "rebuild-bot/lint/group-runtime"}
    assert issue.title == "Update runtime: python 3.12.5 and redis 7.2.5 in 3 apps"
    assert table == ["billing", "shop", "web"]
    assert read(issue.body).by_app.keys() == {"billing", "shop", "web"}
    assert {exposure.app.name: exposure.pull_request_number for exposure in run(shared).exposures if "python" in exposure.dependency} == {
        "billing": issue.number,
        "shop": issue.number,
        "web": issue.number,
        "lint": open_ones(shared)["rebuild-bot/lint/group-runtime"],
    }
    assert_quiet(shared)


def test_a_merge_brings_all_of_them_up_to_date(shared):
    shared.github.merge_pull_request(MONO, open_ones(shared)[SHARED], by="ana")
    summary = run(shared)

    assert shared.github.read_file(MONO, "services/web/Dockerfile") == b"FROM python:3.12.5\n"
    assert outcomes(summary) == [(MONO, Outcome.UNCHANGED)]
    assert {exposure.app.name for exposure in summary.exposures} == {"lint"}
    assert_quiet(shared)


def test_an_app_that_comes_to_it_is_taken_into_the_open_one(shared):
    number = open_ones(shared)[SHARED]
    fleet = shared.folder / "fleet.yaml"
    fleet.write_text(f"apps:\n{FLEET}\n- {{repo: {MONO}, name: mail, path: services/mail}}\n", encoding="utf-8")
    shared.github.commit_files(MONO, {"services/mail/Dockerfile": "FROM python:3.12.4\n"}, message="Add mail")
    run(shared)

    assert open_ones(shared)[SHARED] == number
    assert shared.github.issue(MONO, number).title == "Update runtime: python 3.12.5 and redis 7.2.5 in 4 apps"
    assert_quiet(shared)


@pytest.mark.parametrize(
    ("old", "new", "apps"),
    [
        pytest.param("name: shop,", "name: store,", {"billing", "store", "web"}, id="an app has another name"),
        pytest.param("path: services/shop}", CACHE, {"billing", "shop", "cache", "web"}, id="a folder goes to another app"),
    ],
)
def test_a_no_stands_for_the_apps_as_they_are_called_by_now(shared, old, new, apps):
    number = open_ones(shared)[SHARED]
    fleet = shared.folder / "fleet.yaml"
    fleet.write_text(f"apps:\n{FLEET.replace(old, new)}\n", encoding="utf-8")
    run(shared)

    assert open_ones(shared)[SHARED] == number
    assert read(shared.github.issue(MONO, number).body).by_app.keys() == apps
    assert_quiet(shared)

    shared.github.close_issue(MONO, number, by="ana")
    run(shared)
    assert SHARED not in open_ones(shared)
    assert_quiet(shared)


def test_pull_requests_of_each_app_stay_as_they_are_under_a_bot_that_knows_shared_groups(mono):
    """Their markers were written before there were any."""
    assert len(run(mono).sent) == len(FOLDERS) + 1
    before = open_ones(mono)
    for number in before.values():
        issue = mono.github.issue(MONO, number)
        issue.body = _DATA.sub(as_written_before, issue.body)
        assert "parts" not in base64.urlsafe_b64decode(_DATA.search(issue.body)[0]).decode()

    assert_quiet(mono)
    assert open_ones(mono) == before


def as_written_before(block: re.Match[str]) -> str:
    data = json.loads(base64.urlsafe_b64decode(block[0]))
    del data["parts"]
    return base64.urlsafe_b64encode(json.dumps(data).encode()).decode()


def test_what_was_open_for_each_app_gives_way_to_the_one_for_all(mono):
    run(mono)
    before = open_ones(mono)
    configure(mono, "defaults:", f"{RULE}defaults:")
    summary = run(mono)
    number = open_ones(mono)[SHARED]

    assert open_ones(mono).keys() == {SHARED, "rebuild-bot/lint/group-runtime"}
    assert {closed.pull_request.number for closed in summary.closed} == set(before.values())
    assert sum(f"#{number} asks for oci: docker.io/library/python 3.12.5 now." == closed.reason for closed in summary.closed) == 3
    assert_quiet(mono)


def test_what_an_app_declined_alone_is_asked_of_the_others(mono):
    run(mono)
    mono.github.close_issue(MONO, open_ones(mono)["rebuild-bot/web/python"], by="ana")
    configure(mono, "defaults:", f"{RULE}defaults:")
    run(mono)

    assert read(mono.github.issue(MONO, open_ones(mono)[SHARED]).body).by_app.keys() == {"billing", "shop"}
    assert_quiet(mono)


def test_a_no_to_all_of_them_stands(shared):
    shared.github.close_issue(MONO, open_ones(shared)[SHARED], by="ana")

    assert_quiet(shared)
    assert {exposure.blocked_by for exposure in run(shared).exposures if exposure.app.name != "lint"} == {"declined"}


def test_after_a_no_to_all_of_them_only_what_is_newer_is_asked_again(shared):
    no = open_ones(shared)[SHARED]
    shared.github.close_issue(MONO, no, by="ana")
    run(shared)
    shared.release("7.2.6", repository="docker.io/library/redis")
    summary = run(shared)
    number = open_ones(shared)[SHARED]

    assert {app: [target.value for target in targets] for app, targets in read(shared.github.issue(MONO, number).body).by_app.items()} == {
        "shop": ["7.2.6"]
    }
    assert {(one.app.name, one.pull_request_number, one.blocked_by) for one in summary.exposures if one.app.name != "lint"} == {
        ("billing", no, "declined"),
        ("web", no, "declined"),
        ("shop", no, "declined"),
        ("shop", number, ""),
    }
    assert_quiet(shared)

    shared.release("3.12.6")
    run(shared)
    assert open_ones(shared)[SHARED] == number
    assert read(shared.github.issue(MONO, number).body).by_app.keys() == {"billing", "shop", "web"}
    assert_quiet(shared)


def test_split_gives_each_app_its_own_and_then_each_update(shared):
    say(shared, open_ones(shared)[SHARED], "/rebuild-bot split")
    run(shared)
    assert SHARED not in open_ones(shared)
    assert_asked_one_by_one(shared, {f"rebuild-bot/{app}/group-runtime" for app in ("billing", "shop", "web", "lint")})

    say(shared, open_ones(shared)["rebuild-bot/shop/group-runtime"], "/rebuild-bot split")
    run(shared)
    one_each = {"rebuild-bot/shop/python", "rebuild-bot/shop/redis"}
    assert_asked_one_by_one(shared, {*(f"rebuild-bot/{app}/group-runtime" for app in ("billing", "web", "lint")), *one_each})


def assert_asked_one_by_one(acme: Acme, branches: set[str]) -> None:
    assert open_ones(acme).keys() == branches
    assert_quiet(acme)
    assert open_ones(acme).keys() == branches


def test_an_order_in_it_holds_for_each_of_them(shared):
    number = open_ones(shared)[SHARED]
    say(shared, number, "/rebuild-bot snooze 14d")
    summary = run(shared)

    assert open_ones(shared).keys() == {"rebuild-bot/lint/group-runtime"}
    assert {exposure.blocked_by.partition(" until")[0] for exposure in summary.exposures if exposure.app.name != "lint"} == {
        f"snoozed by @alice in #{number}"
    }
    assert_quiet(shared)


def test_a_group_that_is_too_large_goes_out_in_several_that_stay_the_same(acme):
    acme.registry.gate.access = Access.OPEN
    names = [f"library/{number:03}-{'n' * 200}" for number in range(100)]
    for name in names:
        acme.release("1.0.0", repository=f"docker.io/{name}")
        acme.release("1.0.1", repository=f"docker.io/{name}")
    acme.github.create_repo("acme", "mono", {f"{place}/Dockerfile": f"FROM {name}:1.0.0\n" for place, name in enumerate(names)})
    configure(acme, "defaults:", "rules: [{name: all, group: all}]\ndefaults:")
    run(acme)

    asked = {branch: read(acme.github.issue(MONO, number).body).targets for branch, number in open_ones(acme).items()}
    assert asked.keys() == {"rebuild-bot/mono/group-all_0", "rebuild-bot/mono/group-all_1"}
    assert sum(map(len, asked.values())) == len(names)
    assert_quiet(acme)
