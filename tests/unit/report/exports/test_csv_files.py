"""CSV that a spreadsheet computes nothing of."""

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.model.exposure import Step
from bot.report.board import Board
from bot.report.exports.csv_files import apps_csv, exposures_csv
from bot.report.look import Look
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


def test_an_app_is_behind_since_the_bot_saw_it_and_not_since_the_release():
    one = replace(ONE, steps={Step.RELEASED: NOW - timedelta(days=90), Step.DETECTED: NOW - timedelta(days=2)})
    (row,) = rows(apps_csv(Board(now=NOW, looks=(Look(app=one.app),), exposures=(one,))))

    assert row["since"] == "2026-11-21T07:00:00+00:00"
