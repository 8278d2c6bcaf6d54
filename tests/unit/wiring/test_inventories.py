"""Lists of what runs as files: their ages, and what of them can't be read."""

import gzip
import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.model.failure import Failure
from bot.wiring import inventories
from bot.wiring.inventories import Inventories
from tests.unit.settings.reading import load
from tests.unit.track.deployments.lists import NOW, STAGE_OF, of_kubectl, pod

DAY = timedelta(days=1)


def aged(path: Path, age: timedelta = timedelta(hours=1)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_text(json.dumps(of_kubectl(pod())))
    seconds = (NOW - age).timestamp()
    os.utime(path, (seconds, seconds))
    return path


def told(tmp_path: Path, entry: str):
    settings = load(tmp_path, f"track:\n  inventories:\n  - {entry}\n")
    return list(Inventories(settings=settings, stage_of=STAGE_OF).read(now=NOW))


def git(folder: Path, *arguments: str, at: datetime = NOW) -> None:
    who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example"}
    dates = {"GIT_AUTHOR_DATE": f"{at.timestamp():.0f} +0000", "GIT_COMMITTER_DATE": f"{at.timestamp():.0f} +0000"}
    subprocess.run(["git", "-C", folder, *arguments], check=True, capture_output=True, env={**os.environ, **who, **dates})


def test_a_folder_of_lists_each_by_its_name(tmp_path):
    aged(tmp_path / "lists" / "prod-1.json")
    packed = tmp_path / "lists" / "eu" / "prod-2.json.gz"
    packed.parent.mkdir()
    packed.write_bytes(gzip.compress(json.dumps(of_kubectl(pod())).encode()))
    aged(packed)
    (tmp_path / "lists" / "notes.txt").write_text("no list")

    read = told(tmp_path, "{path: lists}")

    assert sorted(name for name, _ in read) == ["lists/eu/prod-2.json.gz", "lists/prod-1.json"]
    assert [len(one.deployments) for _, one in read] == [1, 1]


def test_what_is_set_for_a_list_counts(tmp_path):
    aged(tmp_path / "pods.json", 20 * DAY)

    ((_, read),) = told(tmp_path, "{path: pods.json, stage: qa, cluster: eu-1, max_age_days: 30}")

    (found,) = read.deployments
    assert (found.stage, found.spot.cluster, found.as_of) == ("qa", "eu-1", NOW - 20 * DAY)


UNREADABLE = {
    "missing": (None, "No such file or directory; check the path and its rights"),
    "empty": (b"", "it is empty; fetch it anew"),
    "cut off": (b'{"kind": "List", "items": [{', "it is no valid JSON; fetch it with `-o json`"),
    "a table": (b"NAME READY\nweb 1/1\n", "it is no valid JSON; fetch it with `-o json`"),
    "nested without end": (b"[" * 100_000, "it is no valid JSON; fetch it with `-o json`"),
    "broken gzip": (b"\x1f\x8bnothing", "its gzip is broken; fetch it again"),
}


@pytest.mark.parametrize(("data", "why"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_list_that_cannot_be_read_is_told_and_stops_no_other(tmp_path, data, why):
    if data is not None:
        (tmp_path / "a.json").write_bytes(data)
    aged(tmp_path / "b.json")
    settings = load(tmp_path, "track:\n  inventories:\n  - {path: a.json}\n  - {path: b.json}\n")

    (_, first), (_, second) = Inventories(settings=settings, stage_of=STAGE_OF).read(now=NOW)

    assert str(first) == f"a.json: what runs by it is not known: {why}"
    assert len(second.deployments) == 1


def test_a_folder_without_a_list_is_told(tmp_path):
    (tmp_path / "lists").mkdir()

    ((_, read),) = told(tmp_path, "{path: lists}")

    assert str(read) == "lists: the folder holds no list (.json, .json.gz). Name another, or take it out of track.inventories."


def test_a_list_of_too_many_parts_is_not_parsed(tmp_path, monkeypatch):
    monkeypatch.setattr(inventories, "_MAX_PARTS", 10)
    aged(tmp_path / "a.json")

    ((_, read),) = told(tmp_path, "{path: a.json}")

    assert isinstance(read, Failure)
    assert "more than 10 objects and lists" in str(read)


def test_a_list_in_a_clone_is_as_old_as_its_commit_and_not_as_the_checkout(tmp_path):
    aged(tmp_path / "pods.json")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "pods.json")
    git(tmp_path, "commit", "-qm", "list", at=NOW - 10 * DAY)
    (tmp_path / "other").write_text("x")
    git(tmp_path, "add", "other")
    git(tmp_path, "commit", "-qm", "later")

    ((_, read),) = told(tmp_path, "{path: pods.json}")

    assert read.deployments == ()
    assert read.problems == ("it is of 2026-11-13, 10 days old, and believed for 3 days; fetch it anew",)


def test_a_list_that_was_laid_into_a_clone_is_as_old_as_its_file(tmp_path):
    git(tmp_path, "init", "-q")
    aged(tmp_path / "pods.json")

    ((_, read),) = told(tmp_path, "{path: pods.json}")

    assert [one.as_of for one in read.deployments] == [NOW - timedelta(hours=1)]


def test_the_age_of_a_list_in_a_shallow_clone_is_not_known_unless_it_says_it_itself(tmp_path):
    whole, shallow = tmp_path / "whole", tmp_path / "shallow"
    aged(whole / "pods.json")
    git(whole, "init", "-q")
    git(whole, "add", "pods.json")
    git(whole, "commit", "-qm", "list", at=NOW - 10 * DAY)
    (whole / "dated.json").write_text(json.dumps(of_kubectl(pod(), takenAt="2026-11-23T10:00:00Z")))
    git(whole, "add", "dated.json")
    git(whole, "commit", "-qm", "later")
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{whole}", str(shallow))

    ((_, undated),) = told(shallow, "{path: pods.json}")
    ((_, dated),) = told(shallow, "{path: dated.json}")

    assert "its age is not known, for its clone is shallow" in str(undated)
    assert [one.as_of for one in dated.deployments] == [datetime(2026, 11, 23, 10, tzinfo=UTC)]
