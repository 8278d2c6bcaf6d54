"""The replay of version steps, as a process."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
RIGHT = {"dep": "nginx", "src": "docker", "from": "1.2.0", "to": "1.3.0", "expect": "newer"}
WRONG = {"dep": "redis", "src": "helm", "from": "1.3.0", "to": "1.2.0", "expect": "newer"}
UNDECIDED = {"dep": "alpine", "src": "docker", "from": "3", "to": "20220316", "expect": "newer"}
NOT_ASKED = {"dep": "alpine", "src": "docker", "from": "3.2", "to": "3.1", "expect": "downgrade"}


def replay(folder, *rows, failures=None):
    steps = folder / "steps.jsonl"
    steps.write_text("".join(json.dumps(row) + "\n" for row in rows))
    more = [] if failures is None else ["--failures", str(failures)]
    return subprocess.run(
        [sys.executable, "-m", "tests.bench.replay_versions", str(steps), *more],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_all_right(tmp_path):
    run = replay(tmp_path, RIGHT, NOT_ASKED)

    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines()[-1].split() == ["all", "1", "1", "0", "0", "100.000%"]


def test_misses_are_counted_listed_and_written(tmp_path):
    run = replay(tmp_path, RIGHT, WRONG, UNDECIDED, failures=tmp_path / "misses.jsonl")

    assert run.returncode == 1
    assert "wrong: helm redis 1.3.0 -> 1.2.0 ({X.Y.Z} -> {X.Y.Z})" in run.stdout.splitlines()
    assert "undecided: docker alpine 3 -> 20220316 ({X} -> {date of 8 digits})" in run.stdout.splitlines()
    misses = [json.loads(line) for line in (tmp_path / "misses.jsonl").read_text().splitlines()]
    assert [(miss["dependency"], miss["outcome"]) for miss in misses] == [("redis", "wrong"), ("alpine", "undecided")]


def test_an_empty_file_meets_no_target(tmp_path):
    assert replay(tmp_path).returncode == 1
