"""The composite action's scripts, run by bash against real git repos."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.ledger.ledger import Ledger
from bot.model.dependency import Dependency, Release
from bot.model.listing import Listing

PYTHON = Dependency(datasource="oci", name="docker.io/library/python")
NOW = datetime(2026, 3, 1, tzinfo=UTC)
ACTION = Path(__file__).parents[3] / ".github/actions/rebuild-bot"


class Runner:
    """A GitHub Actions runner's environment in a folder, and the repo that it works for."""

    def __init__(self, root: Path, *, origin: Path) -> None:
        self.temp = root / "temp"
        self.bin = self.temp / "rebuild-bot/bin"
        self.bin.mkdir(parents=True)
        (self.bin / "python").symlink_to(sys.executable)
        program = self.bin / "rebuild-bot"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m bot "$@"\n')
        program.chmod(0o755)
        self.ledger = self.temp / "ledger.sqlite3"
        self.summary = root / "summary.md"
        self.variables = root / "variables"
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(root),
            "RUNNER_TEMP": str(self.temp),
            "GITHUB_ENV": str(self.variables),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_SERVER_URL": origin.parent.parent.as_uri(),
            "GITHUB_REPOSITORY": f"{origin.parent.name}/{origin.name}",
            "LEDGER_BRANCH": "rebuild-bot-ledger",
            "LEDGER_TOKEN": "ghs_made-up",
        }

    def script(self, name: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        command = ["bash", str(ACTION / name), *arguments]
        return subprocess.run(command, env=self.environment | environment, capture_output=True, text=True, check=False, timeout=30)

    def write(self, row: str) -> None:
        with sqlite3.connect(self.ledger) as database:
            database.execute("CREATE TABLE IF NOT EXISTS seen (tag TEXT)")
            database.execute("INSERT INTO seen VALUES (?)", (row,))
        database.close()

    def rows(self) -> list[str]:
        database = sqlite3.connect(self.ledger)
        rows = [tag for (tag,) in database.execute("SELECT tag FROM seen")]
        database.close()
        return rows


def git(origin: Path, *arguments: str) -> str:
    return subprocess.run(["git", f"--git-dir={origin}", *arguments], capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def origin(tmp_path):
    path = tmp_path / "server/acme/rebuild-bot"
    subprocess.run(["git", "init", "--quiet", "--bare", str(path)], check=True)
    return path


@pytest.fixture
def runner(tmp_path, origin):
    return Runner(tmp_path / "first", origin=origin)


@pytest.fixture
def next_runner(tmp_path, origin):
    return Runner(tmp_path / "second", origin=origin)


def test_the_ledger_comes_back_on_the_next_runner(runner, next_runner, origin):
    first = runner.script("ledger.sh", "fetch")
    runner.write("3.12.4-slim")
    saved = runner.script("ledger.sh", "save")
    fetched = next_runner.script("ledger.sh", "fetch")

    assert (first.returncode, saved.returncode, fetched.returncode) == (0, 0, 0), first.stderr + saved.stderr + fetched.stderr
    assert "this run begins one" in first.stdout
    assert "when releases were first seen" in first.stdout
    assert next_runner.rows() == ["3.12.4-slim"]
    assert next_runner.variables.read_text() == f"REBUILD_BOT_LEDGER_URL=sqlite:///{next_runner.ledger}\n"
    assert git(origin, "ls-tree", "--name-only", "rebuild-bot-ledger") == "ledger.sqlite3"


def test_the_branch_keeps_one_commit_however_often_it_is_saved(runner, next_runner, origin):
    for current, row in ((runner, "a"), (next_runner, "b")):
        current.script("ledger.sh", "fetch")
        current.write(row)
        assert current.script("ledger.sh", "save").returncode == 0

    assert git(origin, "rev-list", "--count", "rebuild-bot-ledger") == "1"


def test_an_unchanged_ledger_is_not_pushed(runner, next_runner, origin):
    runner.script("ledger.sh", "fetch")
    runner.write("a")
    runner.script("ledger.sh", "save")
    before = git(origin, "rev-parse", "rebuild-bot-ledger")

    next_runner.script("ledger.sh", "fetch")
    again = next_runner.script("ledger.sh", "save")

    assert "unchanged" in again.stdout
    assert git(origin, "rev-parse", "rebuild-bot-ledger") == before


def see(runner: Runner, value: str) -> None:
    """Let the run see a value, as the bot records it."""
    ledger = Ledger.open(f"sqlite:///{runner.ledger}")
    ledger.sightings.record_listing(Listing(dependency=PYTHON, releases=(Release(dependency=PYTHON, value=value),)), NOW)
    ledger.close()


def seen(runner: Runner) -> set[str]:
    database = sqlite3.connect(runner.ledger)
    values = {value for (value,) in database.execute("SELECT value FROM sightings")}
    database.close()
    return values


@pytest.mark.parametrize("has_begun", [pytest.param(False, id="all begin it"), pytest.param(True, id="all had fetched it")])
def test_of_runs_at_once_the_later_ones_take_in_what_the_earlier_ones_saw(tmp_path, origin, has_begun):
    first, second, third, after = (Runner(tmp_path / name, origin=origin) for name in ("1", "2", "3", "after"))
    if has_begun:
        first.script("ledger.sh", "fetch")
        see(first, "3.11")
        assert first.script("ledger.sh", "save").returncode == 0
    for number, runner in enumerate((first, second, third)):
        assert runner.script("ledger.sh", "fetch").returncode == 0
        see(runner, f"of run {number}")

    saved = [runner.script("ledger.sh", "save") for runner in (first, second, third)]

    assert [one.returncode for one in saved] == [0, 0, 0], "".join(one.stdout + one.stderr for one in saved)
    assert ["the two become one" in one.stdout for one in saved] == [False, True, True]
    after.script("ledger.sh", "fetch")
    assert seen(after) == {"of run 0", "of run 1", "of run 2"} | ({"3.11"} if has_begun else set())
    assert git(origin, "rev-list", "--count", "rebuild-bot-ledger") == "1"
    assert git(origin, "ls-tree", "--name-only", "rebuild-bot-ledger") == "ledger.sqlite3"


def test_runs_that_always_come_between_end_it_after_a_few_tries(runner, next_runner, origin):
    for current, value in ((runner, "3.11"), (next_runner, "3.12")):
        current.script("ledger.sh", "fetch")
        see(current, value)
    runner.script("ledger.sh", "save")
    saved = git(origin, "rev-parse", "rebuild-bot-ledger")
    blob = git(origin, "rev-parse", "rebuild-bot-ledger:ledger.sqlite3")
    # Whoever pushes finds that the branch has just moved to another commit with a ledger.
    hook = origin / "hooks/pre-receive"
    hook.write_text(
        "#!/bin/sh\necho >>pushes\nunset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES\n"
        f"tree=$(printf '100644 blob {blob}\\tledger.sqlite3\\n' | git mktree)\n"
        'commit=$(git -c user.name=a -c user.email=a@b commit-tree -m "$(wc -l <pushes)" $tree)\n'
        "git update-ref refs/heads/rebuild-bot-ledger $commit\n"
    )
    hook.chmod(0o755)

    answer = next_runner.script("ledger.sh", "save")

    assert answer.returncode == 1
    assert "another run came between 5 times" in answer.stdout
    assert (origin / "pushes").read_text() == "\n" * 4, "the first one is refused before it is sent"
    assert git(origin, "rev-parse", "rebuild-bot-ledger") != saved
    assert git(origin, "rev-parse", "rebuild-bot-ledger:ledger.sqlite3") == blob


def test_a_push_that_is_refused_is_not_tried_again_and_says_the_remedy(runner, origin):
    runner.script("ledger.sh", "fetch")
    runner.write("a")
    hook = origin / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho >>pushes\necho protected branch >&2\nexit 1\n")
    hook.chmod(0o755)

    answer = runner.script("ledger.sh", "save")

    assert answer.returncode == 1
    assert "protected branch" in answer.stderr
    assert "Check that ledger-token may write" in answer.stdout
    assert (origin / "pushes").read_text() == "\n"
    assert git(origin, "for-each-ref") == ""


def test_a_branch_that_is_deleted_meanwhile_is_made_anew(runner, next_runner, origin):
    for current in (runner, next_runner):
        current.script("ledger.sh", "fetch")
        current.write("a")
        current.script("ledger.sh", "save")
    next_runner.script("ledger.sh", "fetch")
    next_runner.write("b")
    git(origin, "update-ref", "-d", "refs/heads/rebuild-bot-ledger")

    answer = next_runner.script("ledger.sh", "save")

    assert answer.returncode == 0, answer.stderr
    assert "was deleted meanwhile" in answer.stdout
    runner.script("ledger.sh", "fetch")
    assert "b" in runner.rows()


def test_a_save_that_is_killed_at_any_moment_leaves_the_old_ledger_or_the_new_one(runner, next_runner):
    runner.script("ledger.sh", "fetch")
    see(runner, "old")
    runner.script("ledger.sh", "save")
    found = []
    for number in range(8):
        next_runner.script("ledger.sh", "fetch")
        see(next_runner, f"new {number}")
        command = ["bash", str(ACTION / "ledger.sh"), "save"]
        process = subprocess.Popen(command, env=next_runner.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.03 * number)
        process.kill()
        process.wait()
        assert runner.script("ledger.sh", "fetch").returncode == 0
        found.append(seen(runner) >= {"old"})

    assert found == [True] * 8


def test_what_stands_in_the_write_ahead_log_is_saved_too(runner, next_runner):
    runner.script("ledger.sh", "fetch")
    crashed = (
        "import os, sqlite3, sys\n"
        "d = sqlite3.connect(sys.argv[1])\n"
        "d.execute('PRAGMA journal_mode=WAL')\n"
        "d.execute('CREATE TABLE seen (tag TEXT)')\n"
        "d.execute(\"INSERT INTO seen VALUES ('late')\")\n"
        "d.commit()\n"
        "os._exit(1)\n"
    )
    subprocess.run([sys.executable, "-c", crashed, str(runner.ledger)], check=False)
    assert runner.ledger.with_name("ledger.sqlite3-wal").stat().st_size

    runner.script("ledger.sh", "save")
    next_runner.script("ledger.sh", "fetch")

    assert next_runner.rows() == ["late"]


def test_a_damaged_ledger_never_replaces_the_good_one(runner, next_runner, origin):
    runner.script("ledger.sh", "fetch")
    runner.write("a")
    runner.script("ledger.sh", "save")
    before = git(origin, "rev-parse", "rebuild-bot-ledger")
    next_runner.script("ledger.sh", "fetch")
    next_runner.ledger.write_bytes(b"no database at all" * 100)

    assert next_runner.script("ledger.sh", "save").returncode != 0
    assert git(origin, "rev-parse", "rebuild-bot-ledger") == before


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        pytest.param(lambda good: good[:5000], "is damaged", id="cut off"),
        pytest.param(lambda good: b"", "is damaged", id="empty"),  # noqa: ARG005 - a table's column
        pytest.param(lambda good: b"<html>" * 999, "is damaged", id="a web page"),  # noqa: ARG005 - a table's column
        pytest.param(None, "holds no ledger.sqlite3", id="another branch"),
    ],
)
def test_what_is_no_ledger_on_the_branch_is_refused_and_stays(runner, next_runner, origin, spoil, said):
    runner.script("ledger.sh", "fetch")
    see(runner, "3.12")
    file = origin / "bad"
    file.write_bytes(spoil(runner.ledger.read_bytes()) if spoil else b"# Read me")
    blob = git(origin, "hash-object", "-w", str(file))
    name = "ledger.sqlite3" if spoil else "README.md"
    made = subprocess.run(
        ["git", f"--git-dir={origin}", "mktree"], input=f"100644 blob {blob}\t{name}\n", capture_output=True, text=True, check=True
    )
    commit = git(origin, "-c", "user.name=a", "-c", "user.email=a@b", "commit-tree", "-m", "bad", made.stdout.strip())
    git(origin, "update-ref", "refs/heads/rebuild-bot-ledger", commit)

    fetched = next_runner.script("ledger.sh", "fetch")
    saved = runner.script("ledger.sh", "save")

    assert (fetched.returncode, said in fetched.stdout) == (1, True), fetched.stdout
    assert not next_runner.variables.exists()
    assert saved.returncode != 0
    assert git(origin, "rev-parse", "rebuild-bot-ledger") == commit


def test_a_run_that_wrote_no_ledger_saves_none(runner, origin):
    runner.script("ledger.sh", "fetch")

    assert "nothing to save" in runner.script("ledger.sh", "save").stdout
    assert git(origin, "for-each-ref") == ""


def test_a_remote_out_of_reach_is_not_an_empty_ledger(runner):
    answer = runner.script("ledger.sh", "fetch", GITHUB_REPOSITORY="acme/elsewhere")

    assert answer.returncode != 0
    assert not runner.variables.exists()


def fake_bot(runner: Runner, *, exit_code: int) -> None:
    program = runner.bin / "rebuild-bot"
    program.write_text(f'#!/bin/sh\necho "config=${{REBUILD_BOT_CONFIG-none}}"\nprintf "<%s>" "$@"\nexit {exit_code}\n')
    program.chmod(0o755)


@pytest.mark.parametrize(
    ("environment", "config", "arguments"),
    [
        pytest.param({"COMMAND": "run"}, "none", "<run>", id="run"),
        pytest.param({"COMMAND": "run", "DRY_RUN": "true"}, "none", "<run><--dry-run>", id="dry run"),
        pytest.param({"COMMAND": "report", "DRY_RUN": "true"}, "none", "<report><--dry-run>", id="dry report"),
        pytest.param({"COMMAND": "run", "CONFIG": "a b.yaml"}, "a b.yaml", "<run>", id="config"),
        pytest.param({"COMMAND": "run", "ARGUMENTS": "--repo\nacme/web"}, "none", "<run><--repo><acme/web>", id="arguments"),
        pytest.param({"COMMAND": "find", "DRY_RUN": "true"}, "none", "<find><--format><markdown>", id="find never writes"),
        pytest.param({"COMMAND": "find", "ARGUMENTS": "a b\n\n"}, "none", "<find><--format><markdown><a b>", id="blank in a name"),
        pytest.param({"COMMAND": "check", "ARGUMENTS": "$(id)\n`id`;"}, "none", "<check><--format><markdown><$(id)><`id`;>", id="hostile"),
    ],
)
@pytest.mark.parametrize("exit_code", [0, 4])
def test_one_command_runs(runner, environment, config, arguments, exit_code):
    fake_bot(runner, exit_code=exit_code)

    answer = runner.script("run.sh", **{"ARGUMENTS": "", "CONFIG": "", "DRY_RUN": "false"} | environment)

    assert answer.returncode == exit_code
    assert answer.stdout == f"config={config}\n{arguments}"
    assert (runner.summary.read_text() if runner.summary.exists() else "") == (
        answer.stdout if environment["COMMAND"] in {"find", "check"} else ""
    )


@pytest.mark.parametrize("command", ["run", "check", "find"])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=str)
def test_a_cancelled_job_reaches_the_bot_whose_last_words_are_kept(runner, command, number, code):
    program = runner.bin / "rebuild-bot"
    traps = "".join(f"trap 'echo last words; exit {code}' {name}\n" for name, code in (("INT", 130), ("TERM", 143)))
    program.write_text(f"#!/bin/sh\n{traps}echo at work\nwhile :; do sleep 0.05; done\n")
    program.chmod(0o755)
    environment = runner.environment | {"COMMAND": command, "ARGUMENTS": "", "CONFIG": "", "DRY_RUN": "false"}
    # As the action calls it, and as the runner cancels it: one process is told.
    with subprocess.Popen(["bash", "-c", f'exec "{ACTION}/run.sh"'], env=environment, stdout=subprocess.PIPE, text=True) as process:
        first = process.stdout.readline()
        process.send_signal(number)
        rest = process.communicate(timeout=30)[0]

    assert (first + rest, process.returncode) == ("at work\nlast words\n", code)
    assert runner.summary.exists() is (command != "run")
    assert command == "run" or runner.summary.read_text() == first + rest


def test_an_unknown_command_is_refused(runner):
    fake_bot(runner, exit_code=0)

    answer = runner.script("run.sh", COMMAND="update; id", ARGUMENTS="", CONFIG="", DRY_RUN="false")

    assert answer.returncode == 2
    assert "only run, report, check, find, plan and merge" in answer.stdout
    assert not runner.summary.exists()
