"""What a call loads: a short one is mostly imports, so that each command must load no more than it needs."""

import subprocess
import sys

import pytest

from bot.cli.app import app

HEAVY = {"alembic", "sqlalchemy", "github", "httpx", "jinja2", "pydantic", "ruamel", "structlog", "starlette", "rich"}


def loaded(*arguments: str, folder) -> set[str]:
    """The heavy libraries that a call has loaded by its end."""
    script = "import sys; from bot.cli.app import run; run(sys.argv[1:]); print(*sorted(sys.modules), sep=chr(10), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        env={"HOME": str(folder)},
    )
    return {name.partition(".")[0] for name in done.stderr.splitlines()} & HEAVY


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM scratch\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param(["--version"], set(), id="version"),
        pytest.param(["--help"], {"rich"}, id="help"),
        pytest.param(["find"], {"pydantic", "ruamel", "structlog", "rich"}, id="find"),
        pytest.param(["config", "check"], {"pydantic", "ruamel", "structlog", "rich"}, id="config"),
    ],
)
def test_what_a_call_loads(folder, arguments, expected):
    assert loaded(*arguments, folder=folder) <= expected


def test_a_look_loads_neither_the_clients_of_github_nor_templates_and_migrates_once(folder):
    first, second = (loaded("check", "--all", folder=folder) for _ in range(2))

    assert not {"github", "jinja2", "starlette"} & first
    assert not {"github", "jinja2", "starlette", "alembic"} & second


ELSEWHERE = {"run", "report", "find", "check", "advisories"}
"""What other tests start anew, to interrupt it."""


@pytest.mark.parametrize("name", sorted({command.name for command in app.registered_commands} - ELSEWHERE))
def test_a_command_started_anew_loads_what_it_needs(tmp_path, name):
    done = subprocess.run(
        [sys.executable, "-m", "bot", name, "--help"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={"HOME": str(tmp_path), "LANG": "C.UTF-8"},
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert f"python -m bot {name} " in done.stdout
