"""CSV that a spreadsheet computes nothing of."""

import csv
import io
from dataclasses import replace

import pytest

from bot.report.exports.csv_files import exposures_csv
from tests.boards import NOW, made_board

ONE = made_board(20).exposures[0]


def rows(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "\u200b="])
def test_a_formula_becomes_text(begin):
    (row,) = rows(exposures_csv([replace(ONE, closes=f"{begin}HYPERLINK(1)")], now=NOW))

    assert row["closes"].startswith(("'", "\\u200b"))
    assert "HYPERLINK(1)" in row["closes"]


def test_a_cell_may_hold_what_csv_is_made_of():
    (row,) = rows(exposures_csv([replace(ONE, closes='a "b", c\r\nd')], now=NOW))

    assert row["closes"] == 'a "b", c  d'


def test_what_is_not_known_is_empty_and_not_no():
    (row,) = rows(exposures_csv([replace(ONE, steps={}, due=None, is_exploited=False, severity=ONE.severity)], now=NOW))

    assert (row["released"], row["due"], row["exploited"]) == ("", "", "not known to be")
