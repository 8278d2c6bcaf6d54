"""`rebuild-bot report`: the weekly stale-apps issue."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.forge import ForgeOption, clones_of
from bot.cli.progress import shown
from bot.cli.run_fleet import write_step_summary
from bot.cli.session import Session
from bot.cli.undone import say_failures, say_not_reached
from bot.model.exit_code import ExitCode
from bot.report.export import exposures_json
from bot.report.json_text import json_text
from bot.wiring import fleet
from bot.wiring.clients import notices
from bot.wiring.fleet import Mode
from bot.wiring.site import PAST, write_site


class ReportFormat(StrEnum):
    NONE = "none"
    MARKDOWN = "markdown"
    JSON = "json"


def report(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the issue that would be written; write nothing.")] = False,
    forge: ForgeOption = None,
    format_: Annotated[
        ReportFormat, typer.Option("--format", "-f", help="What to print: nothing, the issue, or the exposures as data.")
    ] = (ReportFormat.NONE),
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="DIR", help="Write a dashboard into this folder: a static site, and the same as data."),
    ] = None,
) -> int:
    """Write the weekly issue that names the apps which have not taken a fix: opened once, edited in place, closed when nothing is stale.

    With --out DIR it is a dashboard as well: open DIR/index.html, or publish the folder.

    With --forge local DIR it is a Markdown file in DIR/.rebuild-bot, about the clones below the folder.
    """
    session = Session.of(context)
    clones = clones_of(forge)
    for notice in notices(session.settings, clones=clones):
        session.err.print(f"notice: {notice}", markup=False)
    with shown(session.err) as progress:
        reported = fleet.report(
            session.settings,
            clones=clones,
            mode=Mode.DRY_RUN if dry_run else Mode.WRITE,
            past=None if out is None else PAST,
            progress=progress,
            waiting=session.tell_waiting,
        )
    made, issue = reported.report, reported.issue
    if out is not None:
        session.err.print(f"dashboard: {write_site(out, made, session.settings, clones=clones)}", markup=False)
    if format_ is ReportFormat.JSON:
        told = exposures_json(
            made.exposures,
            made.moved,
            made.kept_back,
            made.bases,
            now=made.now,
            last_run=made.last_run,
            failures=made.failures,
            empty_repos=made.empty_repos,
        )
        session.out.file.write(json_text(told) + "\n")
    elif dry_run or format_ is ReportFormat.MARKDOWN:
        session.out.print(made.text.title, style="bold", markup=False)
        session.out.print(made.text.body, markup=False)
    say_not_reached(session, [one for one in made.failures if one.resumes_at])
    say_failures(session, [one for one in made.failures if not one.resumes_at])
    for name in made.empty_repos:
        session.err.print(f"not looked at: {name}: the repo has no commit yet", markup=False)
    session.err.print(f"issue {issue.outcome.value}" + (f": {issue.url}" if issue.url else ""), markup=False)
    is_told = write_step_summary(session, made.text.body)
    return ExitCode.SOME_FAILED if made.failures or not is_told else ExitCode.DONE
