"""The edits that have an image built anew: they move a day, and nothing else of what is built."""

from datetime import date
from pathlib import PurePosixPath

import pytest

from bot.find.edit import CannotEditError
from bot.find.rebuild_edits import dated_argument, rebuilt

FILE = PurePosixPath("app/Dockerfile")
DAY = date(2026, 5, 9)
UPGRADE = "RUN apt-get update && apt-get -y upgrade\n"


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        pytest.param("FROM debian:12\n", "FROM debian:12\n# rebuilt: 2026-05-09\n", 2, id="a comment below FROM"),
        pytest.param("FROM debian:12", "FROM debian:12\n# rebuilt: 2026-05-09\n", 2, id="no end of line"),
        pytest.param("FROM debian:12\r\nRUN a\r\n", "FROM debian:12\r\n# rebuilt: 2026-05-09\r\nRUN a\r\n", 2, id="CR LF"),
        pytest.param(
            "FROM golang:1 AS build\nFROM debian:12\nUSER 1\n",
            "FROM golang:1 AS build\nFROM debian:12\n# rebuilt: 2026-05-09\nUSER 1\n",
            3,
            id="the last stage",
        ),
        pytest.param("FROM debian:12\n# rebuilt: 2026-04-01\nRUN a\n", "FROM debian:12\n# rebuilt: 2026-05-09\nRUN a\n", 2, id="moved"),
        pytest.param("FROM debian:12\n# rebuilt: 2026-05-09\n", "FROM debian:12\n# rebuilt: 2026-05-09.2\n", 2, id="twice in a day"),
        pytest.param("FROM debian:12\n# rebuilt: 2026-05-09.2\n", "FROM debian:12\n# rebuilt: 2026-05-09.3\n", 2, id="thrice in a day"),
        pytest.param(
            "FROM debian:12\nARG CACHE_DATE=2026-01-02\nRUN a\n", "FROM debian:12\nARG CACHE_DATE=2026-05-09\nRUN a\n", 2, id="an argument"
        ),
        pytest.param('ARG CACHEBUST="7"\nFROM a:1\n', 'ARG CACHEBUST="7"\nFROM a:1\n# rebuilt: 2026-05-09\n', 3, id="a quoted one stays"),
        pytest.param("ARG CACHEBUST=7\nFROM a:1\n", "ARG CACHEBUST=8\nFROM a:1\n", 1, id="a number"),
        pytest.param("ARG CACHEBUST=20260101\nFROM a:1\n", "ARG CACHEBUST=20260509\nFROM a:1\n", 1, id="a compact day"),
        pytest.param("ARG CACHEBUST=x\nFROM a:1\n", "ARG CACHEBUST=x\nFROM a:1\n# rebuilt: 2026-05-09\n", 3, id="of no known form"),
        pytest.param("ARG BUILD_DATE=1\nFROM a:1\n", "ARG BUILD_DATE=1\nFROM a:1\n# rebuilt: 2026-05-09\n", 3, id="given by pipelines"),
        pytest.param(
            "ARG REBUILT=1\nFROM a:1\nARG CACHEBUST=1\n", "ARG REBUILT=1\nFROM a:1\n# rebuilt: 2026-05-09\nARG CACHEBUST=1\n", 3, id="two"
        ),
        pytest.param(
            "# syntax=docker/dockerfile:1\n# rebuild-bot: ignore\nFROM a:1\n",
            "# syntax=docker/dockerfile:1\n# rebuild-bot: ignore\nFROM a:1\n# rebuilt: 2026-05-09\n",
            4,
            id="directives and comments above FROM stay there",
        ),
    ],
)
def test_a_day_moves(before, after, line):
    found = rebuilt(FILE, before.encode(), DAY)

    assert (found.change.new.decode(), found.line) == (after, line)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("RUN a\n", id="no FROM"),
        pytest.param("", id="empty"),
        pytest.param("FROM a:1 \\\n\n", id="goes on"),
        pytest.param("FROM a:1\nRUN <<EOF\n", id="a here-document without an end"),
    ],
)
def test_what_is_not_certain_is_not_edited(text):
    with pytest.raises(CannotEditError):
        rebuilt(FILE, text.encode(), DAY)


@pytest.mark.parametrize(
    ("before", "line", "after"),
    [
        pytest.param(
            f"FROM debian:12\n{UPGRADE}",
            2,
            'FROM debian:12\nARG REBUILD_DATE=2026-05-09\nRUN : "$REBUILD_DATE" && apt-get update && apt-get -y upgrade\n',
            id="plain",
        ),
        pytest.param(
            "FROM a:1\nRUN --mount=type=cache,target=/x \\\n  apk upgrade\n",
            2,
            'FROM a:1\nARG REBUILD_DATE=2026-05-09\nRUN --mount=type=cache,target=/x \\\n  : "$REBUILD_DATE" && apk upgrade\n',
            id="flags and a continuation",
        ),
        pytest.param(
            "FROM a:1\r\n  RUN a\r\n",
            2,
            'FROM a:1\r\nARG REBUILD_DATE=2026-05-09\r\n  RUN : "$REBUILD_DATE" && a\r\n',
            id="CR LF and indented",
        ),
    ],
)
def test_a_layer_comes_out_of_no_cache_any_more(before, line, after):
    assert dated_argument(FILE, before.encode(), line, DAY).change.new.decode() == after


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param('FROM a:1\nRUN ["apk", "upgrade"]\n', 2, id="no shell"),
        pytest.param("FROM a:1\nRUN <<EOF\napk upgrade\nEOF\n", 2, id="a here-document"),
        pytest.param('FROM a:1\nSHELL ["pwsh"]\nRUN a\n', 3, id="another shell"),
        pytest.param("FROM a:1\nARG REBUILD_DATE=1\nRUN a\n", 3, id="there already"),
        pytest.param("FROM a:1\nRUN a\n", 1, id="no RUN"),
    ],
)
def test_a_run_that_is_not_certain_is_left(text, line):
    with pytest.raises(CannotEditError):
        dated_argument(FILE, text.encode(), line, DAY)
