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
def test_no_rows_are_no_error(format_):
    written(format_, rows=[])


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
