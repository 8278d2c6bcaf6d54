"""The JSON export has the form that its published schema tells, and no key that the schema does not."""

import json
from copy import deepcopy
from dataclasses import replace
from importlib import resources

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from bot.model.assessment import Assessment
from bot.model.exposure import Exposure, KeptBack, Moved, Step
from bot.model.hurdle import Hurdle, HurdleKind
from bot.model.readiness import Check, CheckState
from bot.report.board import Board
from bot.report.exports.files import data_files
from tests.boards import NOW, made_board

SCHEMA = json.loads((resources.files("bot.report.exports") / "exposures.schema.json").read_text(encoding="utf-8"))


def strict(schema):
    """The same, but that keys which it does not name are refused."""
    made = deepcopy(schema)
    for part in _objects(made):
        part.setdefault("additionalProperties", False)
    return made


def _objects(part):
    if isinstance(part, dict):
        if "properties" in part and part.get("type") == "object":
            yield part
        for inner in part.values():
            yield from _objects(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _objects(inner)


def faults(board):
    told = json.loads(dict(data_files(board))["data/exposures.json"])
    judge = Draft202012Validator(strict(SCHEMA), format_checker=FormatChecker())
    return [f"{error.json_path}: {error.message}" for error in judge.iter_errors(told)]


def of_every_step(board):
    one = board.exposures[0]
    return replace(board, exposures=tuple(replace(one, waiting_for=step, steps=dict.fromkeys(Step, NOW)) for step in Step))


def with_hurdles(board):
    check = Check(name="unit", state=CheckState.NOT_BEGUN)
    hurdles = tuple(Hurdle(kind=kind, todo="x", who=("@ana",), checks=(check,) * 30) for kind in HurdleKind)
    return replace(board, exposures=tuple(replace(one, hurdles=hurdles) for one in board.exposures))


def with_assessments(board):
    return replace(board, bases=tuple(replace(one, assessment=Assessment()) for one in board.bases))


@pytest.mark.parametrize(
    "board",
    [
        pytest.param(made_board(60), id="a fleet"),
        pytest.param(Board(now=NOW), id="nothing"),
        pytest.param(of_every_step(made_board(60)), id="every step"),
        pytest.param(with_hurdles(made_board(5)), id="every hurdle"),
        pytest.param(with_assessments(made_board(5)), id="images opened"),
    ],
)
def test_the_export_is_as_its_schema_says(board):
    Draft202012Validator.check_schema(SCHEMA)

    assert faults(board) == []


def test_the_schema_is_published_beside_the_data():
    assert json.loads(dict(data_files(Board(now=NOW)))["data/exposures.schema.json"]) == SCHEMA


def test_all_kinds_of_values_are_in_what_is_checked():
    board = made_board(60)

    assert {type(one) for one in (*board.exposures, *board.moved, *board.kept_back)} == {Exposure, Moved, KeptBack}
