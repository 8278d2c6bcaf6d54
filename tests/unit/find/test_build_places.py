"""Lines of a Dockerfile and of a workflow that a remedy speaks of."""

from pathlib import PurePosixPath

import pytest

from bot.find.build_places import build_places

DOCKERFILE = """\
# syntax=docker/dockerfile:1
ARG BASE=debian:12
FROM golang:1 AS build
RUN --mount=type=cache,target=/x apt-get upgrade -y
FROM ${BASE} AS runtime
RUN <<EOF
FROM nowhere
EOF
RUN apt-get update \\
    && apt-get upgrade -y
FROM runtime
COPY --from=build /app /app
RUN true
"""


def test_stages_that_are_published_are_told_from_others():
    found = build_places(PurePosixPath("app/Dockerfile"), DOCKERFILE)

    assert [(str(place), place.stage, place.is_final, place.text[:24]) for place in found] == [
        ("app/Dockerfile:3", "build", False, "FROM golang:1 AS build"),
        ("app/Dockerfile:4", "build", False, "RUN apt-get upgrade -y"),
        ("app/Dockerfile:5", "runtime", True, "FROM ${BASE} AS runtime"),
        ("app/Dockerfile:6", "runtime", True, "RUN <<EOF"),
        ("app/Dockerfile:9", "runtime", True, "RUN apt-get update     &"),
        ("app/Dockerfile:11", "2", True, "FROM runtime"),
        ("app/Dockerfile:13", "2", True, "RUN true"),
    ]


def test_the_steps_of_a_workflow_that_build():
    text = "steps:\n  - uses: actions/checkout@v5\n  - name: x\n    uses: 'docker/build-push-action@v6'\n  # uses: docker/bake-action@v6\n"

    assert [str(place) for place in build_places(PurePosixPath("b.yml"), text)] == ["b.yml:4"]


@pytest.mark.parametrize("text", ["", "RUN x", "FROM", "FROM ${", "FROM a\nFROM " + "x" * 70_000, "x" * 2_000_000])
def test_odd_files_end_in_an_answer(text):
    assert len(build_places(PurePosixPath("Dockerfile"), text)) <= 2
