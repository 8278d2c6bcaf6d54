"""`rebuild-bot plan`: which pull request goes out when; and a large fleet in parts."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, assert_never

import typer

from bot.cli.forge import ForgeOption, clones_of
from bot.cli.output import Format, write_rows
from bot.cli.progress import shown
from bot.cli.rows import Row, going_row, waiting_row
from bot.cli.run_fleet import is_nothing
from bot.cli.session import Session
from bot.cli.signals import NOTHING_SHOWN
from bot.cli.undone import say_failures, say_not_reached, say_nothing_to_look_at
from bot.model.exit_code import ExitCode
from bot.model.pull_request import Outcome
from bot.model.run import RunSummary
from bot.model.shard import MAX_SHARDS
from bot.report.json_text import json_text
from bot.report.markdown import number_of
from bot.wiring import fleet
from bot.wiring import shards as wiring
from bot.wiring.clients import notices
from bot.wiring.fleet import Mode
from bot.wiring.handed_on import DEFAULT_PLAN, write_plan
from bot.wiring.shards import Planned

_AUTO: Final = "auto"
COLUMNS: Final = {"Shard": ("shard",), "Repos": ("repos",), "Images asked by it alone": ("alone",)}


WAVE: Final = {
    "Turn": ("turn",),
    "Repo": ("repo",),
    "Pull request": ("title",),
    "Urgency": ("urgency",),
    "Waits for": ("waits_for",),
    "Why": ("reason",),
}


class PlanFormat(StrEnum):
    TABLE = "table"
    JSON = "json"
    MATRIX = "matrix"


def plan(
    context: typer.Context,
    shards: Annotated[
        str | None, typer.Option("--shards", metavar="N|auto", help=f"Divide the fleet into so many shards, at most {MAX_SHARDS}.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help=f"With --shards: where the plan goes; {DEFAULT_PLAN} if left out.")
    ] = None,
    forge: ForgeOption = None,
    format_: Annotated[
        PlanFormat, typer.Option("--format", "-f", help="What to print; with --shards also the matrix of a workflow's jobs.")
    ] = PlanFormat.TABLE,
) -> int:
    """Show which new pull request goes out when: what the next run would open, and what waits, for what, and at which place.

    All is read and decided as by `run --dry-run`, and nothing is written but what the bot itself remembers. Exploited holes go first, then
    what other apps build on, then the worst hole, the app's criticality, and what was seen first; `limits` and `order` of the configuration
    bound it.

    With --shards the fleet is divided into shards instead, each for a job of its own: `run --shard K/N` does one, `merge` joins what they
    leave. That looks at the list of repos and at the ledger, and writes the plan alone. Shards cost about the same, and repos that name the
    same rare image are in the same shard. In GitHub Actions the matrix is also the output `matrix` of the step:
    `strategy: {matrix: ${{ fromJSON(needs.plan.outputs.matrix) }}}` gives a job for each, with `matrix.shard`.
    """
    clones = clones_of(forge)
    if clones is not None and shards is not None:
        raise typer.BadParameter("a folder of clones is not divided; leave out --shards", param_hint="--forge")
    if shards is not None:
        return _divide(Session.of(context), shards, output or DEFAULT_PLAN, format_)
    if output is not None:
        raise typer.BadParameter("it is for shards alone; give --shards as well", param_hint="--output")
    if format_ is PlanFormat.MATRIX:
        raise typer.BadParameter("the matrix is that of shards; give --shards as well", param_hint="--format")
    return _show_wave(Session.of(context), format_, clones)


def _show_wave(session: Session, format_: PlanFormat, clones: Path | None) -> int:
    for notice in notices(session.settings, clones=clones):
        session.err.print(f"notice: {notice}", markup=False)
    with shown(session.err) as progress:
        summary = fleet.run(session.settings, clones=clones, mode=Mode.DRY_RUN, progress=progress, waiting=session.tell_waiting)
    if summary.interruption is not None:
        # Half of a queue would look like the whole one.
        session.signals.words = NOTHING_SHOWN
        return ExitCode.INTERRUPTED
    going = [one for one in summary.sent if one.outcome is Outcome.DRY_RUN and one.pull_request is None]
    rows = [*map(going_row, going)] + [waiting_row(one) for one in summary.waiting]
    write_rows(session.out, Format.JSON if format_ is PlanFormat.JSON else Format.TABLE, rows, columns=WAVE)
    say_failures(session, summary.failures)
    say_not_reached(session, summary.not_reached)
    session.err.print(f"the next run opens {number_of(len(going), 'pull request')}; {len(summary.waiting)} wait{_unknown(summary)}")
    if is_nothing(summary):
        say_nothing_to_look_at(session)
        return ExitCode.NOTHING_TO_SCAN
    return ExitCode.SOME_FAILED if summary.failures or summary.not_reached else ExitCode.DONE


def _unknown(summary: RunSummary) -> str:
    """What was not looked at may hold more."""
    return "" if summary.is_complete and not summary.failures else "; of what failed or was not reached nothing is known"


def _divide(session: Session, shards: str, output: Path, format_: PlanFormat) -> int:
    wanted = _number(shards)
    for notice in notices(session.settings):
        session.err.print(f"notice: {notice}", markup=False)
    planned = wiring.plan(session.settings, wanted)
    for failure in planned.failures:
        session.err.print(f"failed: {failure}", markup=False)
    if not planned.plan.shards:
        if format_ is PlanFormat.JSON:
            write_rows(session.out, Format.JSON, (), columns=COLUMNS)
        if planned.failures:
            return ExitCode.SOME_FAILED
        say_nothing_to_look_at(session)
        return ExitCode.NOTHING_TO_SCAN
    write_plan(planned.plan, output)
    matrix = json_text({"shard": [str(shard) for shard in planned.plan.all_shards]}, indent=None)
    match format_:
        case PlanFormat.TABLE:
            write_rows(session.out, Format.TABLE, _rows(planned), columns=COLUMNS)
        case PlanFormat.JSON:
            write_rows(session.out, Format.JSON, _rows(planned), columns=COLUMNS)
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
