"""What is edited where a rebuild did not fix: only where file and line are certain."""

from datetime import date
from pathlib import PurePosixPath

import pytest

from bot.clients.folder import FolderTree
from bot.model.image import Digest, ImageReference
from bot.model.rebuild import BuildLine, RebuildFinding, RebuildVerdict
from bot.pipeline.rebuild_drafts import dockerfile_of
from bot.pipeline.rebuild_remedies import Edited, changed_since, places_for, remedy_for, steps_for

IMAGE = ImageReference.parse("ghcr.io/acme/shop:1.0")
DOCKERFILE = PurePosixPath("Dockerfile")
DAY = date(2026, 5, 9)
UPGRADE = "RUN apt-get update && apt-get -y upgrade"
STEP = """\
on: push
jobs:
  build:
    steps:
      - uses: docker/build-push-action@v6
        with:
          push: true
          tags: ghcr.io/acme/shop:1.0
"""
CACHED, OTHER = RebuildVerdict.CACHED, RebuildVerdict.OTHER_STAGE


def remedy(folder, verdict, dockerfile, workflow="", line=0, *, also=""):
    (folder / ".github/workflows").mkdir(parents=True)
    (folder / "Dockerfile").write_text(dockerfile)
    for name, text in (("a.yml", workflow), ("b.yml", also)):
        if text:
            (folder / ".github/workflows" / name).write_text(text)
    tree = FolderTree(folder)
    steps = steps_for(tree, IMAGE, repo="acme/shop")
    at = tuple(place for place in places_for(tree, [DOCKERFILE], ()) if place.line == line)
    none = Digest(f"sha256:{'0' * 64}")
    finding = RebuildFinding(image=str(IMAGE), old=none, new=none, verdict=verdict, at=at)
    return remedy_for(tree, DOCKERFILE, steps, finding, DAY, repo="acme/shop")


@pytest.mark.parametrize(
    ("verdict", "dockerfile", "workflow", "line", "place", "written"),
    [
        pytest.param(
            CACHED, f"FROM debian:12 AS run\n{UPGRADE}\n", STEP, 2, ".github/workflows/a.yml:7", "no-cache-filters: run\n", id="in the step"
        ),
        pytest.param(
            CACHED,
            f"FROM debian:12 AS run\n{UPGRADE}\nFROM run AS test\n",
            f"{STEP}          target: run\n",
            2,
            ".github/workflows/a.yml:7",
            "no-cache-filters: run\n",
            id="the stage that the step names",
        ),
        pytest.param(
            CACHED, f"FROM debian:12\n{UPGRADE}\n", STEP, 2, "Dockerfile:2", 'RUN : "$REBUILD_DATE" && apt-get', id="a stage without a name"
        ),
        pytest.param(CACHED, f"FROM debian:12 AS run\n{UPGRADE}\n", "", 2, "Dockerfile:2", "ARG REBUILD_DATE=2026-05-09", id="no workflow"),
        pytest.param(
            OTHER,
            f"FROM debian:12 AS build\n{UPGRADE}\nFROM debian:12\nCOPY --from=build /a /a\n",
            STEP,
            2,
            "Dockerfile:4",
            f"FROM debian:12\n{UPGRADE}\nCOPY",
            id="into the last stage",
        ),
    ],
)
def test_where_it_is_certain_it_is_edited(tmp_path, verdict, dockerfile, *, workflow, line, place, written):
    found = remedy(tmp_path, verdict, dockerfile, workflow, line)

    assert isinstance(found, Edited)
    assert f"{found.place.file}:{found.place.line}" == place
    assert written in found.change.new.decode()


@pytest.mark.parametrize(
    ("verdict", "dockerfile", "workflow", "line", "said"),
    [
        pytest.param(CACHED, f"FROM debian:12\n{UPGRADE}\n", STEP, 0, "neither is the line", id="no line, no name"),
        pytest.param(OTHER, f"FROM debian:12 AS a\n{UPGRADE}\nFROM alpine:3\n", STEP, 2, "on another base", id="another base"),
        pytest.param(OTHER, f"FROM a:1 AS a\nUSER 1\n{UPGRADE}\nFROM a:1\n", STEP, 3, "stands first", id="not the first"),
        pytest.param(OTHER, "FROM a:1 AS a\nRUN apk add $X\nFROM a:1\n", STEP, 2, "reads the same elsewhere", id="a variable"),
        pytest.param(OTHER, f"FROM a:1 AS a\n{UPGRADE}\nFROM a:1\n", STEP, 0, "not certain", id="no line"),
        pytest.param(OTHER, f"FROM a:1 AS a\n{UPGRADE}\nFROM a:1\n", f"{STEP}          target: a\n", 2, "another stage", id="a target"),
        pytest.param(RebuildVerdict.HELD_BACK, "FROM a:1\n", STEP, 0, "another end", id="judged anew"),
    ],
)
def test_where_it_is_not_it_is_said_why(tmp_path, verdict, dockerfile, *, workflow, line, said):
    found = remedy(tmp_path, verdict, dockerfile, workflow, line)

    assert isinstance(found, str)
    assert said in found


def test_of_two_steps_neither_is_edited(tmp_path):
    found = remedy(tmp_path, CACHED, f"FROM debian:12 AS run\n{UPGRADE}\n", STEP, 2, also=STEP)

    assert isinstance(found, Edited)
    assert found.place.file == DOCKERFILE


def steps(folder, *names):
    (folder / ".github/workflows").mkdir(parents=True)
    for number, name in enumerate(names):
        (folder / f".github/workflows/{number}.yml").write_text(f"{STEP}          file: {name}\n")
    return steps_for(FolderTree(folder), IMAGE, repo="acme/shop")


@pytest.mark.parametrize(
    ("files", "named", "found"),
    [
        pytest.param(["a/Dockerfile"], [], "a/Dockerfile", id="the only one"),
        pytest.param(["a/Dockerfile", "b/Dockerfile"], ["b/Dockerfile"], "b/Dockerfile", id="by its workflow"),
        pytest.param(["a/Dockerfile", "b/Dockerfile"], [], "no workflow tells", id="two"),
        pytest.param(["a/Dockerfile"], ["b/Dockerfile"], "does not name that base", id="another one"),
        pytest.param(["a/Dockerfile"], ["a/Dockerfile", "b/Dockerfile"], "do not tell for certain", id="two workflows"),
        pytest.param(["a/Dockerfile"], ["${{ matrix.file }}"], "do not tell for certain", id="an expression"),
        pytest.param([], [], "no Dockerfile", id="none"),
    ],
)
def test_which_dockerfile_builds_it_is_certain_or_said(tmp_path, files, named, found):
    told = dockerfile_of(IMAGE, [PurePosixPath(file) for file in files], steps(tmp_path, *named))

    assert found in str(told)
    assert isinstance(told, PurePosixPath) is ("/" in found)


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        pytest.param("FROM debian:12\n", "FROM debian:12\n", [], id="nothing"),
        pytest.param("FROM debian:11 AS a\nFROM debian:11\n", "FROM debian:12 AS a\nFROM debian:11\n", [1], id="the base of a stage"),
        pytest.param("FROM golang:1 AS a\nFROM debian:12\n", "FROM golang:2 AS a\nFROM debian:12\n", [], id="another base"),
        pytest.param("FROM debian:12\n", f"FROM debian:12\n{UPGRADE}\n", [2], id="an upgrade"),
        pytest.param("FROM debian:12\n", "FROM debian:12\nRUN make\n", [], id="what upgrades nothing"),
    ],
)
def test_a_line_was_changed_where_that_could_have_brought_the_fix(tmp_path, before, after, changed):
    found = []
    for name, text in (("before", before), ("after", after)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "Dockerfile").write_text(text)
        found.append(places_for(FolderTree(tmp_path / name), [DOCKERFILE], ()))
    places = changed_since(found[1], found[0], "docker.io/library/debian")

    assert [place.line for place in places if place.was_changed] == changed
    assert {place.kind for place in places} <= {BuildLine.FROM, BuildLine.RUN}
