"""What comes out, whatever names are in the files and wherever it goes."""

import re
import subprocess
import sys

import pytest

from bot.sandbox.github.sandbox import BOT_TOKEN

EVIL = "w\n::error::pwned\n+++ b/etc"


@pytest.fixture
def evil(tmp_path):
    """A repo whose names and texts would command a terminal, a diff or a workflow's runner."""
    (tmp_path / EVIL).mkdir(parents=True)
    (tmp_path / EVIL / "Dockerfile").write_text("FROM python:3.12.4\n")
    (tmp_path / "esc\x1b[31m").mkdir()
    (tmp_path / "esc\x1b[31m" / "Dockerfile").write_text("FROM redis:7.2.4\nFROM a:\x1b]0;x\x07\n")
    return tmp_path


def call(folder, arguments, *, shell="", **environment):
    command = f"{sys.executable} -m bot {arguments} {shell}"
    env = {"HOME": str(folder), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **environment}
    return subprocess.run(["/bin/sh", "-c", command], cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_names_of_others_command_no_terminal_and_break_no_row(evil, form):
    done = call(evil, f"find . --format {form}")

    assert done.returncode == 0, done.stderr
    assert not {"\x1b", "\x07"} & set(done.stdout + done.stderr)
    assert [line for line in done.stdout.splitlines() if line.startswith(("::", "+++"))] == []
    assert r"esc\x1b[31m/Dockerfile:1" in done.stdout


def test_a_diff_of_an_odd_path_is_one_that_git_takes(evil):
    diff = call(evil, "update --set python=3.12.5 .").stdout

    assert r'+++ "b/w\n::error::pwned\n+++ b/etc/Dockerfile"' in diff
    subprocess.run(["git", "init", "--quiet", "."], cwd=evil, check=True)
    subprocess.run(["git", "apply", "-"], cwd=evil, input=diff, text=True, check=True)
    assert (evil / EVIL / "Dockerfile").read_text() == "FROM python:3.12.5\n"


COMMANDS = re.compile(r"^\s*::|##\[")


@pytest.mark.parametrize("arguments", ["find .", "find . -f markdown", "find . -f json", "find . -f jsonl", "update --set a=2 ."])
def test_in_a_workflow_no_text_is_a_command_to_the_runner(evil, arguments):
    for name in ("::set-output name=x::y", " ::add-mask::z", "##[group]"):
        (evil / name).mkdir()
        (evil / name / "Dockerfile").write_text("::warning::a\nFROM a:1\n\t::error::b\n#x ##[error]c\rFROM a:1\n")

    done = call(evil, arguments, GITHUB_ACTIONS="true")

    lines = re.split(r"\r\n|\r|\n", done.stdout + "\n" + done.stderr)
    assert done.returncode == 0, done.stderr
    assert len(lines) > 5
    assert not [line for line in lines if COMMANDS.search(line)]


def test_in_a_workflow_a_file_gets_what_it_would_get_elsewhere(evil):
    (evil / "Dockerfile").write_text("FROM a:1\n  ::error::b ##[x]\n")

    call(evil, "update --set a=2 .", shell="> told", GITHUB_ACTIONS="true")

    assert "\n   ::error::b ##[x]\n" in (evil / "told").read_text()


@pytest.mark.parametrize(
    ("arguments", "shell", "code", "said"),
    [
        pytest.param("find .", "2>/dev/full", 0, "", id="standard error is full"),
        pytest.param("find .", "2>&-", 0, "", id="standard error is closed"),
        pytest.param("find .", ">&-", 4, "standard output is closed", id="standard output is closed"),
        pytest.param("run --repo foo", "", 2, "'foo' is no repo; write it as OWNER/NAME", id="no repo"),
        pytest.param("candidates x:1 --tags latin", "", 2, "latin is not UTF-8", id="tags in another encoding"),
        pytest.param("candidates x:1 --tags /dev/null", "", 2, "there is no tag in /dev/null", id="no tags"),
        pytest.param("update empty", "", 3, "empty: no file of a known format holds a pin", id="nothing to update"),
        pytest.param("check empty", "", 3, "empty: no file of a known format holds a pin", id="nothing to check"),
        pytest.param("update --set 'python=3 13' .", "", 2, "is no tag, version or digest", id="no value"),
        pytest.param("update --set redis=7 --set redis=8 .", "", 2, "redis stands here 2 times", id="two values"),
        pytest.param("config check -c none.yaml", "", 2, "none.yaml: can't be read", id="a configuration behind config check"),
    ],
)
def test_what_is_wrong_with_a_call_is_told(evil, arguments, shell, code, said):
    (evil / "latin").write_bytes(b"3.12\n\xff\n")
    (evil / "empty").mkdir()

    done = call(evil, arguments, shell=shell)

    assert done.returncode == code, done.stderr
    assert said in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.stderr


def test_a_step_summary_that_can_not_be_written_hides_nothing(acme):
    acme.github.create_repo("acme", "shop", {"Dockerfile": "FROM python:3.12.4\n"})
    acme.release("3.12.5")

    arguments = f"--config {acme.config} run --repo acme/shop --repo acme/shop"
    done = call(acme.folder, arguments, GITHUB_STEP_SUMMARY="/nope/x", REBUILD_BOT_GITHUB_TOKEN=BOT_TOKEN)

    assert done.returncode == 4
    assert "1 repo, 1 pin; pull requests: 1 opened" in done.stderr
    assert "the step summary can't be written: /nope/x (GITHUB_STEP_SUMMARY): No such file or directory" in done.stderr
