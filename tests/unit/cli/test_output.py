"""How results are written: one row, four formats."""

import io
import json
import time

import pytest
from rich.console import Console

from bot.cli.output import Format, write_rows

ROWS = [
    {"file": "a/Dockerfile", "line": 3, "name": "python", "value": "3.12|x", "digest": None},
    {"file": "b.yaml", "line": 1, "name": "ghcr.io/acme/" + "long-" * 30 + "name", "value": None, "digest": None},
]
COLUMNS = {"File": ("file", "line"), "Name": ("name",), "Value": ("value",), "Digest": ("digest",)}


def written(format_, rows=ROWS):
    target = io.StringIO()
    write_rows(Console(file=target, width=60), format_, iter(rows), columns=COLUMNS)
    return target.getvalue()


def test_json_has_every_key_and_null_for_what_is_absent():
    assert json.loads(written(Format.JSON)) == ROWS


def test_json_lines_are_one_object_a_line():
    assert [json.loads(line) for line in written(Format.JSONL).splitlines()] == ROWS


def test_markdown_escapes_bars_and_leaves_out_what_nobody_fills():
    lines = written(Format.MARKDOWN).splitlines()

    assert lines[0] == "| File | Name | Value |"
    assert lines[2] == r"| a/Dockerfile:3 | python | 3.12\|x |"


def test_in_a_pipe_a_row_is_a_line_however_long():
    lines = written(Format.TABLE).splitlines()

    assert len(lines) == 2 + len(ROWS)
    assert "Digest" not in lines[0]
    assert ROWS[1]["name"] in lines[3]
    assert "\x1b" not in "".join(lines)


@pytest.mark.parametrize("format_", Format)
def test_without_a_row_people_are_shown_nothing(format_):
    assert written(format_, rows=[]) == ("[]\n" if format_ is Format.JSON else "")


def test_in_a_pipe_columns_are_as_wide_as_their_widest_cell_and_wide_letters_count_twice():
    rows = [{"file": "a" * number, "line": 1, "name": "日本" if number else "x", "value": "v"} for number in range(3)]

    assert written(Format.TABLE, rows).splitlines() == [
        "File   Name   Value",
        "───────────────────",
        ":1     x      v    ",
        "a:1    日本   v    ",
        "aa:1   日本   v    ",
    ]


def test_in_a_pipe_thousands_of_rows_are_written_at_once():
    rows = [{"file": f"{number}.yaml", "line": number, "name": "python", "value": "3.12"} for number in range(20_000)]
    started = time.process_time()

    assert len(written(Format.TABLE, rows).splitlines()) == 20_002
    assert time.process_time() - started < 3, "Rich alone needs some seven"


def on_a_terminal(rows, columns, *, color_system=None, width=80):
    target = io.StringIO()
    write_rows(Console(file=target, width=width, force_terminal=True, color_system=color_system), Format.TABLE, rows, columns=columns)
    return target.getvalue()


def test_on_a_terminal_names_are_not_cut_and_others_give_way():
    name = "ghcr.io/acme/tools:1.2.3"
    rows = [{"name": f"{name} 3.12.4-slim@0123456789ab", "said": "word " * 40, "turns": "1 bump now, 2 wait for the distribution"}]

    shown = on_a_terminal(rows, {"Image": ("name",), "Holes": ("said",), "Whose turn": ("turns",)})

    assert all(len(line) <= 80 for line in shown.splitlines())
    assert [word in shown for word in (name, "3.12.4-slim@0123456789ab", "Whose turn")] == [True] * 3


def test_a_name_without_end_leaves_room_for_the_rest():
    rows = [{"name": "a" * 300, "said": "word " * 40}]

    shown = on_a_terminal(rows, {"Image": ("name",), "Holes": ("said",)})

    assert all(len(line) <= 80 for line in shown.splitlines())
    assert shown.count("word") == 40


@pytest.mark.parametrize(
    ("columns", "text", "styled"),
    [
        pytest.param(("severity",), "critical, exploited", "\x1b[1;31mcritical, exploited", id="critical"),
        pytest.param(("severity",), "high", "\x1b[31mhigh", id="high"),
        pytest.param(("severity",), "unknown", "\x1b[2munknown", id="a severity that nobody told is no alarm"),
        pytest.param(("verdict",), "unknown", "\x1b[31munknown", id="a pin that could not be looked at"),
    ],
)
def test_the_style_says_what_the_word_means_in_its_column(columns, text, styled):
    assert styled in on_a_terminal([dict.fromkeys(columns, text)], {"X": columns}, color_system="standard")
