"""`rebuild-bot plan`: a large fleet in parts."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, assert_never

import typer

from bot.cli.output import Format, write_rows
from bot.cli.rows import Row
from bot.cli.session import Session
from bot.model.exit_code import ExitCode
from bot.model.shard import MAX_SHARDS
from bot.report.json_text import json_text
from bot.report.markdown import number_of
from bot.wiring import shards as wiring
from bot.wiring.clients import notices
from bot.wiring.handed_on import DEFAULT_PLAN, write_plan
from bot.wiring.shards import Planned

_AUTO: Final = "auto"
COLUMNS: Final = {"Shard": ("shard",), "Repos": ("repos",), "Images asked by it alone": ("alone",)}


class PlanFormat(StrEnum):
    TABLE = "table"
    MATRIX = "matrix"


def plan(
    context: typer.Context,
    shards: Annotated[str, typer.Option("--shards", metavar="N|auto", help=f"Into how many, at most {MAX_SHARDS}.")] = _AUTO,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where the plan goes, for `run --plan`.")] = DEFAULT_PLAN,
    format_: Annotated[
        PlanFormat, typer.Option("--format", "-f", help="What to print: a table, or the matrix of a workflow's jobs.")
    ] = PlanFormat.TABLE,
) -> int:
    """Divide the fleet into shards, each for a job of its own: `run --shard K/N` does one, `merge` joins what they leave.

    Looks at the list of repos and at the ledger, and writes the plan alone. Shards cost about the same, and repos that name the same rare
    image are in the same shard. In GitHub Actions the matrix is also the output `matrix` of the step:
    `strategy: {matrix: ${{ fromJSON(needs.plan.outputs.matrix) }}}` gives a job for each, with `matrix.shard`.
    """
    session = Session.of(context)
    wanted = _number(shards)
    for notice in notices(session.settings):
        session.err.print(f"notice: {notice}", markup=False)
    planned = wiring.plan(session.settings, wanted)
    for failure in planned.failures:
        session.err.print(f"failed: {failure}", markup=False)
    if not planned.plan.shards:
        session.err.print("no repo is there to be divided; check github.owners and github.repos in the configuration", markup=False)
        return ExitCode.SOME_FAILED if planned.failures else ExitCode.NOTHING_TO_SCAN
    write_plan(planned.plan, output)
    matrix = json_text({"shard": [str(shard) for shard in planned.plan.all_shards]}, indent=None)
    match format_:
        case PlanFormat.TABLE:
            write_rows(session.out, Format.TABLE, _rows(planned), columns=COLUMNS)
        case PlanFormat.MATRIX:
            session.out.file.write(matrix + "\n")
        case _:
            assert_never(format_)
    if place := os.environ.get("GITHUB_OUTPUT"):
        with Path(place).open("a", encoding="utf-8") as file:
            file.write(f"matrix={matrix}\n")
    repos = sum(map(len, planned.plan.shards))
    session.err.print(f"{number_of(repos, 'repo')} in {number_of(len(planned.plan.shards), 'shard')}: {output}", markup=False)
    return ExitCode.SOME_FAILED if planned.failures else ExitCode.DONE


def _number(text: str) -> int | None:
    if text == _AUTO:
        return None
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:9]) <= MAX_SHARDS:
        raise typer.BadParameter(f"{text[:40]!r} is no number of shards; give 1 to {MAX_SHARDS}, or {_AUTO}", param_hint="--shards")
    return int(text)


def _rows(planned: Planned) -> list[Row]:
    shards = planned.plan.all_shards
    return [
        {"shard": str(shard), "repos": len(planned.plan.repos_of(shard)), "alone": alone}
        for shard, alone in zip(shards, planned.alone, strict=True)
    ]
