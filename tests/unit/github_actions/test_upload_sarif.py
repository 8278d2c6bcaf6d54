"""The script that uploads SARIF files, run by bash with a gh that writes down what it is told."""

import base64
import gzip
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / ".github/actions/rebuild-bot/upload-sarif.sh"
pytestmark = pytest.mark.skipif(shutil.which("jq") is None, reason="there is no jq here")

GH = """#!/usr/bin/env bash
case "$*" in *acme/refused/*) exit 1 ;; esac
printf '%s\\n' "$*" >> "$TOLD/calls"
cat > "$TOLD/body-$(grep -c . "$TOLD/calls")"
"""


@pytest.fixture
def data(tmp_path):
    (tmp_path / "data/sarif").mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/gh").write_text(GH, encoding="utf-8")
    (tmp_path / "bin/gh").chmod(0o755)
    return tmp_path / "data"


def upload(data, *repos, most=900):
    listed = [
        {"repo": f"acme/{repo}", "commit_sha": "c" * 40, "ref": "refs/heads/main", "file": f"sarif/{repo}.sarif", "left_out": 0}
        for repo in repos
    ]
    (data / "sarif/uploads.json").write_text(json.dumps(listed), encoding="utf-8")
    for repo in repos:
        (data / f"sarif/{repo}.sarif").write_text(f'{{"of": "{repo}"}}', encoding="utf-8")
    path = f"{data.parent / 'bin'}:{os.environ['PATH']}"
    environment = {"PATH": path, "TOLD": str(data.parent), "MOST_UPLOADS": str(most)}
    return subprocess.run(["bash", str(SCRIPT), str(data)], env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_each_repo_gets_its_own_with_the_commit(data):
    done = upload(data, "shop", "jobs")
    body = json.loads((data.parent / "body-1").read_text(encoding="utf-8"))

    assert (done.returncode, done.stderr) == (0, "")
    assert (data.parent / "calls").read_text(encoding="utf-8").splitlines() == [
        f"api --method POST repos/acme/{repo}/code-scanning/sarifs --input - --silent" for repo in ("shop", "jobs")
    ]
    assert (body["commit_sha"], body["ref"], body["tool_name"]) == ("c" * 40, "refs/heads/main", "rebuild-bot")
    assert gzip.decompress(base64.b64decode(body["sarif"])) == b'{"of": "shop"}'


def test_one_refusal_stops_no_other_and_is_told(data):
    done = upload(data, "refused", "jobs")

    assert done.returncode == 4
    assert "::warning::acme/refused: code scanning did not take the alerts" in done.stdout
    assert "code scanning: 1 of 2 repos" in done.stdout


def test_what_github_would_not_take_in_an_hour_is_left_and_told(data):
    done = upload(data, "a", "b", "c", most=2)

    assert "::warning::1 repos are left for another hour" in done.stdout
    assert len((data.parent / "calls").read_text(encoding="utf-8").splitlines()) == 2


def test_no_repo_is_no_failure(data):
    assert upload(data).returncode == 0
