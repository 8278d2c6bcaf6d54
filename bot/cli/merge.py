"""`rebuild-bot merge`: what the shards of a run left becomes one."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.output import Format
from bot.cli.run_fleet import tell
from bot.cli.session import Session
from bot.wiring import shards as wiring
from bot.wiring.handed_on import DEFAULT_PLAN, read_plan


def merge(
    context: typer.Context,
    folders: Annotated[
        list[Path],
        typer.Argument(
            metavar="FOLDER...", help="What the shards left: the folders of `run --shard K/N --result FOLDER`, or one that holds them."
        ),
    ],
    plan: Annotated[Path, typer.Option("--plan", metavar="FILE", help="The plan that the shards are parts of.")] = DEFAULT_PLAN,
    format_: Annotated[Format, typer.Option("--format", "-f", help="How to write the result.")] = Format.TABLE,
) -> int:
    """Join the shards of one run: their ledgers into the ledger of the configuration, their results into one table and one step summary.

    Asks no network. A shard that left nothing is named, and makes the exit code 4: nothing is known of its repos. Safe to call twice.
    """
    session = Session.of(context)
    return tell(session, wiring.merge(session.settings, read_plan(plan), folders), format_)
