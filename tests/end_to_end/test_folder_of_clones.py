"""`--forge local DIR`: a folder of clones as the fleet, by the command line as a process and by real git."""

import json
import re

import pytest

from bot.clients.folders.clone import BOT_EMAIL
from bot.propose.marker import read as read_marker
from tests.clones import Snapshot, branches, clone, commit, git, texts
from tests.end_to_end.conftest import rebuild_bot

DOCKERFILE = b"# the shop\r\nFROM python:3.12.4-slim AS run\r\nCOPY . /app\r\n"
BRANCH = "rebuild-bot/shop/python"


@pytest.fixture
def clones(acme, tmp_path):
    acme.release("3.12.4-slim")
    acme.release("3.12.5-slim")
    root = tmp_path / "src"
    clone(root / "shop", {"Dockerfile": DOCKERFILE, "CODEOWNERS": "* @acme/web\n"}, origin="https://github.com/acme/shop.git")
    return root


def run(acme, root, *arguments, command="run"):
    """Without any token."""
    return rebuild_bot("--config", str(acme.config), command, "--forge", "local", str(root), *arguments, folder=acme.folder)


def outcomes(done):
    assert done.stdout.startswith("{"), done.stderr
    return [(one["repo"], one["outcome"]) for one in json.loads(done.stdout)["pull_requests"]]


def test_the_first_run_makes_a_branch_and_a_file_and_the_second_writes_nothing(acme, clones):
    shop = clones / "shop"
    (shop / "Dockerfile").write_bytes(b"half an idea")  # a work tree that is dirty
    settings = acme.config.read_text(encoding="utf-8").replace("cooldown_days: 0", 'cooldown_days: 0, reviewers: ["@acme/web"]')
    acme.config.write_text(settings, encoding="utf-8")
    before = Snapshot.of(shop)
    first = run(acme, clones)
    written = Snapshot.of(clones)
    second = run(acme, clones)

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert git(shop, "show", f"{BRANCH}:Dockerfile").encode() == DOCKERFILE.replace(b"3.12.4", b"3.12.5").replace(b"\r\n", b"\n").strip()
    assert git(shop, "rev-list", "--count", f"main..{BRANCH}") == "1"
    assert git(shop, "log", "--format=%ae %ce", BRANCH, "-1") == f"{BOT_EMAIL} {BOT_EMAIL}"
    assert git(shop, "diff", "--name-only", "main", BRANCH) == "Dockerfile"
    (path, text), *others = texts(clones).items()
    assert (path, others) == ("acme/shop/1-rebuild-bot-shop-python.md", [])
    assert "\n# Update python to 3.12.5-slim\n" in text
    assert 'state: "open"' in text
    assert 'labels: ["rebuild-bot"]' in text
    assert 'reviewers: ["@acme/web"]' in text
    assert read_marker(text) is not None
    assert Snapshot.of(clones) == written
    assert "1 unchanged" in second.stderr
    gone = before.files.keys() - written.files.keys()
    touched = {file for file in before.files if written.files.get(file) != before.files[file]}
    assert (gone, touched) == (set(), set())


def test_bytes_are_kept(acme, clones):
    run(acme, clones)

    blob = git(clones / "shop", "rev-parse", f"{BRANCH}:Dockerfile")
    wanted = DOCKERFILE.replace(b"3.12.4", b"3.12.5")
    (clones.parent / "wanted").write_bytes(wanted)
    assert git(clones / "shop", "hash-object", "--no-filters", str(clones.parent / "wanted")) == blob


def test_a_dry_run_writes_nothing_and_a_plan_says_what_goes(acme, clones):
    before = Snapshot.of(clones)
    dry = run(acme, clones, "--dry-run")
    plan = run(acme, clones, "--format", "json", command="plan")

    assert (dry.returncode, plan.returncode) == (0, 0), dry.stderr + plan.stderr
    assert "+FROM python:3.12.5-slim AS run" in dry.stdout
    assert [row["repo"] for row in json.loads(plan.stdout)] == ["acme/shop"]
    assert Snapshot.of(clones) == before


def test_a_newer_release_moves_the_same_proposal(acme, clones):
    run(acme, clones)
    first = branches(clones / "shop")[BRANCH]
    acme.release("3.12.6-slim")
    second = run(acme, clones, "--format", "json")

    assert outcomes(second) == [("acme/shop", "updated")]
    assert branches(clones / "shop")[BRANCH] != first
    assert git(clones / "shop", "rev-list", "--count", f"main..{BRANCH}") == "1"
    (text,) = texts(clones).values()
    assert "# Update python to 3.12.6-slim" in text


@pytest.mark.parametrize("way", ["branch deleted", "written into the file"])
def test_a_no_stands_until_something_newer(acme, clones, way):
    run(acme, clones)
    if way == "branch deleted":
        git(clones / "shop", "branch", "-D", BRANCH)
    else:
        (file,) = (clones / ".rebuild-bot").rglob("*.md")
        file.write_text(re.sub(r"(?m)^state: .*$", "state: closed", file.read_text(encoding="utf-8")), encoding="utf-8")
    declined = run(acme, clones, "--format", "json")
    settled = Snapshot.of(clones)
    again = run(acme, clones, "--format", "json")

    assert (outcomes(declined), outcomes(again)) == ([("acme/shop", "declined")],) * 2
    assert Snapshot.of(clones) == settled
    assert "Declined" in next(iter(texts(clones).values()))

    acme.release("3.12.6-slim")
    newer = run(acme, clones, "--format", "json")

    assert outcomes(newer) == [("acme/shop", "opened")]
    assert [re.search(r'state: "(\w+)"', text)[1] for text in texts(clones).values()] == ["closed", "open"]


@pytest.mark.parametrize("way", ["merge", "fast-forward", "squash", "merged and deleted"])
def test_what_is_merged_is_seen(acme, clones, way):
    shop = clones / "shop"
    run(acme, clones)
    if way != "fast-forward":
        commit(shop, {"main.py": "print()\n"})
    if way == "squash":
        git(shop, "merge", "--quiet", "--squash", BRANCH)
        commit(shop, {"more": "on the way\n"}, "Take it")
    else:
        git(shop, "merge", "--quiet", *(["--ff-only"] if way == "fast-forward" else ["--no-ff", "--no-edit"]), BRANCH)
    if way == "merged and deleted":
        git(shop, "branch", "-d", BRANCH)
    done = run(acme, clones, "--format", "json")
    after = Snapshot.of(clones)
    again = run(acme, clones, "--format", "json")

    assert (done.returncode, again.returncode) == (0, 0), done.stderr + again.stderr
    assert outcomes(done) == outcomes(again) == []
    (text,) = texts(clones).values()
    assert 'state: "merged"' in text
    assert Snapshot.of(clones) == after


def test_commits_of_others_are_left_alone_and_that_is_said_once(acme, clones):
    shop = clones / "shop"
    run(acme, clones)
    git(shop, "checkout", "--quiet", BRANCH)
    theirs = commit(shop, {"Dockerfile": "FROM python:3.12.5-slim\nUSER 1000\n"})
    git(shop, "checkout", "--quiet", "main")
    acme.release("3.12.6-slim")
    done = run(acme, clones, "--format", "json")
    after = Snapshot.of(clones)
    again = run(acme, clones, "--format", "json")

    assert outcomes(done) == outcomes(again) == [("acme/shop", "edited by human")]
    assert branches(shop)[BRANCH] == theirs
    assert Snapshot.of(clones) == after
    assert next(iter(texts(clones).values())).count("<!-- rebuild-bot:comment ") == 1


def test_nothing_is_said_of_what_only_github_has(acme, clones):
    settings = acme.config.read_text(encoding="utf-8").replace("cooldown_days: 0", "cooldown_days: 0, auto_merge: [patch]")
    acme.config.write_text(settings, encoding="utf-8")
    told = [run(acme, clones, *more) for more in (("--dry-run",), (), ())]
    git(clones / "shop", "checkout", "--quiet", BRANCH)
    commit(clones / "shop", {"Dockerfile": "FROM python:3.12.5-slim\nUSER 1000\n"})
    git(clones / "shop", "checkout", "--quiet", "main")
    told.append(run(acme, clones))

    assert [done.returncode for done in told] == [0] * 4, told[-1].stderr
    (text,) = texts(clones).values()
    assert "the bot keeps its hands off it" in text
    for said in (text, *(done.stdout + done.stderr for done in told)):
        assert "by itself" not in said
        assert "/rebuild-bot" not in said.replace(str(clones), "")


def test_a_conflict_is_made_anew_and_a_base_that_only_moved_is_not(acme, clones):
    shop = clones / "shop"
    run(acme, clones)
    first = branches(shop)[BRANCH]
    commit(shop, {"main.py": "print()\n", "Dockerfile": DOCKERFILE + b"USER 1000\r\n"})
    moved = run(acme, clones, "--format", "json")
    still = branches(shop)[BRANCH]
    commit(shop, {"Dockerfile": DOCKERFILE.replace(b"AS run", b"AS runtime")})
    conflict = run(acme, clones, "--format", "json")

    assert outcomes(moved) == [("acme/shop", "unchanged")]
    assert still == first
    assert outcomes(conflict) == [("acme/shop", "updated")]
    assert git(shop, "rev-parse", f"{BRANCH}^") == git(shop, "rev-parse", "main")


def test_a_branch_that_is_checked_out_is_not_moved(acme, clones):
    shop = clones / "shop"
    run(acme, clones)
    git(shop, "checkout", "--quiet", BRANCH)
    head = branches(shop)[BRANCH]
    git(shop, "update-ref", "refs/remotes/origin/main", "main")
    git(shop, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    acme.release("3.12.6-slim")
    done = run(acme, clones)

    assert done.returncode == 4
    assert "is checked out in" in done.stderr
    assert branches(shop)[BRANCH] == head


def test_what_the_base_has_by_now_is_closed_with_its_branch(acme, clones):
    shop = clones / "shop"
    run(acme, clones)
    commit(shop, {"Dockerfile": "FROM python:3.12.5-slim AS other\n"})
    done = run(acme, clones)

    assert done.returncode == 0, done.stderr
    assert set(branches(shop)) == {"main"}
    (text,) = texts(clones).values()
    assert 'state: "closed"' in text
    assert f'closed_by: "{BOT_EMAIL}"' in text


def test_the_weekly_report_is_a_file(acme, clones):
    run(acme, clones)
    acme.config.write_text(acme.config.read_text(encoding="utf-8").replace(", report_repo: acme/platform", ""), encoding="utf-8")
    first = run(acme, clones, command="report")
    second = run(acme, clones, command="report")

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert "issue opened: file://" in first.stderr
    assert "shop" in texts(clones)["local/report/issues/1.md"]
    assert "issue unchanged" in second.stderr


def test_owners_have_a_file_each_and_what_is_past_due_is_said_once(acme, clones):
    run(acme, clones)
    text = acme.config.read_text(encoding="utf-8").replace(", report_repo: acme/platform", "")
    acme.config.write_text(f"{text}report: {{owner_issues: true, escalation: {{comment_after_days: 0}}}}\n", encoding="utf-8")

    first = run(acme, clones, command="report")
    written = Snapshot.of(clones)
    second = run(acme, clones, command="report")

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert "issues of owners: 1 opened" in first.stderr
    assert "past due: 1 labelled, 1 comment" in first.stderr
    beneath = texts(clones)["local/report/issues/2.md"]
    assert 'parent: "1"' in beneath
    assert "@acme/web" in beneath
    request = texts(clones)["acme/shop/1-rebuild-bot-shop-python.md"]
    assert "overdue" in request
    assert "**This is due today**" in request
    assert Snapshot.of(clones) == written


HOSTILE = {
    "hooks": ("core.hooksPath", "{tools}"),
    "a watcher of files": ("core.fsmonitor", "{tools}/run"),
    "a signer": ("gpg.program", "{tools}/run"),
    "a filter": ("filter.evil.clean", "{tools}/run"),
    "a merge driver": ("merge.evil.driver", "{tools}/run"),
    "a differ": ("diff.external", "{tools}/run"),
    "a converter": ("diff.evil.textconv", "{tools}/run"),
    "ssh": ("core.sshCommand", "{tools}/run"),
    "a lister of alternates": ("core.alternateRefsCommand", "{tools}/run"),
}


def test_nothing_that_a_clone_names_is_run(acme, clones):
    shop, tools = clones / "shop", clones.parent / "tools"
    mark = clones.parent / "was run"
    tools.mkdir()
    names = ("run", "reference-transaction", "post-index-change", "pre-commit", "post-commit", "pre-auto-gc", "prepare-commit-msg")
    for place in (tools, shop / ".git" / "hooks"):
        place.mkdir(exist_ok=True)
        for name in names:
            (place / name).write_text(f"#!/bin/sh\ntouch '{mark}'\n", encoding="utf-8")
            (place / name).chmod(0o755)
    attributes = "* filter=evil merge=evil diff=evil\n"
    (shop / ".git" / "info").mkdir(exist_ok=True)
    (shop / ".git" / "info" / "attributes").write_text(attributes, encoding="utf-8")
    for key, value in HOSTILE.values():
        git(shop, "config", key, value.format(tools=tools))
    for key in ("commit.gpgSign", "log.showSignature", "extensions.worktreeConfig", "core.splitIndex"):
        git(shop, "config", key, "true")
    mark.unlink(missing_ok=True)  # git itself obeys its configuration
    opened = run(acme, clones)
    acme.release("3.12.6-slim")
    plain = ("-c", "core.hooksPath=/dev/null", "-c", "commit.gpgSign=false")
    base = git(shop, *plain, "commit-tree", "main^{tree}", "-p", "main", stdin="Move")
    git(shop, *plain, "update-ref", "refs/heads/main", base)
    mark.unlink(missing_ok=True)
    updated = run(acme, clones)

    assert (opened.returncode, updated.returncode) == (0, 0), opened.stderr + updated.stderr
    assert not mark.exists()
    assert "1 updated" in updated.stderr


def test_a_canary_waits_for_merges_alone_and_fails_no_run(acme, clones):
    for number in range(4):
        clone(clones / f"app-{number}", {"Dockerfile": b"FROM python:3.12.4-slim\n"}, origin=f"https://github.com/acme/app-{number}.git")
    acme.config.write_text(acme.config.read_text(encoding="utf-8") + "order: {canary: {from_apps: 3, first: 2}}\n", encoding="utf-8")
    first = run(acme, clones, "--format", "json")
    second = run(acme, clones, "--format", "json")
    told = json.loads(second.stdout)

    assert (first.returncode, second.returncode) == (0, 0), second.stderr
    assert outcomes(first) == [("acme/app-0", "opened"), ("acme/app-1", "opened")]
    assert (len(told["waiting"]), told["failures"]) == (3, [])
    assert "could not be asked" in told["waiting"][0]["reason"]
    assert "permissions" not in second.stderr
