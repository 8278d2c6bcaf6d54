import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.bench.replay import Outcome, main, replay
from tests.bench.replay_rows import Row

OLD = "sha256:" + "1" * 64
NEW = "sha256:" + "2" * 64


def fields(old: str, new: str, **more: Any) -> dict[str, Any]:
    """A row that moves `old` lines to `new` ones, from x 1.2 to 1.3 where nothing else is said."""
    pairs = zip(old.split("\n"), new.split("\n"), strict=True)
    edits = [{"line": number, "old_line": a, "new_line": b} for number, (a, b) in enumerate(pairs, 1) if a != b]
    return {
        "id": "row-1",
        "repo": "owner/name",
        "commit": "c",
        "parent": "p",
        "path": "Dockerfile",
        "kind": "dockerfile",
        "dep": "x",
        "src": "docker",
        "ctx": None,
        "old_tag": "1.2",
        "new_tag": "1.3",
        "old_digest": None,
        "new_digest": None,
        "n_edits": len(edits),
        "old_text": old,
        "edits": edits,
    } | more


@pytest.mark.parametrize(
    ("row", "outcome", "reason"),
    [
        pytest.param(fields("FROM x:1.2\r\n", "FROM x:1.3\r\n"), Outcome.RIGHT, "", id="right, CRLF"),
        pytest.param(fields("FROM x:1.2", f"FROM x:1.3@{NEW}", new_digest=NEW), Outcome.RIGHT, "", id="gets a digest"),
        pytest.param(fields("FROM x:1.2 AS a\nFROM x:1.2", "FROM x:1.2 AS a\nFROM x:1.3"), Outcome.RIGHT, "some of", id="one of two"),
        pytest.param(
            fields("FROM docker.io/library/x:1.2", "FROM docker.io/library/x:1.3"), Outcome.RIGHT, "", id="another way to write it"
        ),
        pytest.param(fields("FROM x:1.2", "FROM x:1.4"), Outcome.WRONG, "'FROM x:1.3' for 'FROM x:1.4'", id="wrong"),
        pytest.param(fields("FROM y:1.2", "FROM y:1.3"), Outcome.NOT_FOUND, "near: oci: docker.io/library/y 1.2", id="not found"),
        pytest.param(fields("FROM x:$A", "FROM x:1.3"), Outcome.SKIPPED, "ARG A is not declared", id="skipped"),
        pytest.param(
            fields(f"FROM x:1.2@{OLD}", "FROM x:1.3", old_digest=OLD),
            Outcome.SKIPPED,
            "takes a digest away",
            id="a digest would be taken away",
        ),
        pytest.param(
            fields("ARG A=1.2\nFROM x:$A\nFROM y:$A", "ARG A=1.3\nFROM x:$A\nFROM y:$A"), Outcome.SKIPPED, "share a literal", id="refused"
        ),
        pytest.param(
            fields(
                "FROM x:1.2\nFROM y:1",
                "FROM x:1.3\nFROM y:2",
                updates=[fields("", "") | {"dep": "x"}, fields("", "") | {"dep": "y", "old_tag": "1", "new_tag": "2"}],
            ),
            Outcome.RIGHT,
            "",
            id="two at once",
        ),
        pytest.param(fields("", "") | {"old_text": None}, Outcome.NO_TEXT, "", id="no text"),
    ],
)
def test_outcomes(row: dict[str, Any], outcome: Outcome, reason: str) -> None:
    result = replay(Row.of(row), clones=None)

    assert result.outcome is outcome
    assert reason in result.reason


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", folder, "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_texts_come_from_clones(tmp_path: Path) -> None:
    folder = tmp_path / "owner+name" / "repo"
    folder.mkdir(parents=True)
    git(folder, "init", "-q")
    commits = []
    for tag in ("1.2", "1.3"):
        (folder / "Dockerfile").write_text(f"FROM x:{tag}\n")
        git(folder, "add", ".")
        git(folder, "commit", "-q", "-m", tag)
        commits.append(git(folder, "rev-parse", "HEAD"))
    row = fields("", "", parent=commits[0], commit=commits[1])
    del row["old_text"]

    assert replay(Row.of(row), clones=tmp_path).outcome is Outcome.RIGHT


def test_the_table_and_the_failures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [fields("FROM x:1.2", "FROM x:1.3"), fields("FROM x:1.2", "FROM x:1.4", id="row-2")]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))

    assert main([str(tmp_path / "rows.jsonl"), "--failures", str(tmp_path / "failures")]) == 0

    table = capsys.readouterr().out.splitlines()
    assert table[1].split() == ["dockerfile", "2", "1", "1", "0", "0", "0"]
    assert table[-1].startswith("right: 1 of 2 rows with text (50.00 %)")
    assert (tmp_path / "failures").read_text().startswith("## row-2 dockerfile wrong\nowner/name p..c Dockerfile\n")
