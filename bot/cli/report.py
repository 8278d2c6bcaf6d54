"""`rebuild-bot report`: the weekly stale-apps issue."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, assert_never

import typer

from bot.cli.forge import ForgeOption, clones_of
from bot.cli.output import Format, write_rows
from bot.cli.progress import shown
from bot.cli.run_fleet import write_step_summary
from bot.cli.session import Session
from bot.cli.undone import say_failures, say_not_reached
from bot.model.exit_code import ExitCode
from bot.model.failure import ToldError
from bot.model.fleet import App
from bot.pipeline.report import Report
from bot.pipeline.report_of_owner import is_of, owners_of, report_of_owner
from bot.report.export import exposures_json
from bot.report.json_text import json_text
from bot.report.weekly import Text
from bot.report.weekly_table import exposure_rows
from bot.settings.fault import suggestion
from bot.wiring import fleet
from bot.wiring.announce import announce
from bot.wiring.clients import notices
from bot.wiring.fleet import Mode
from bot.wiring.site import PAST, write_site


class ReportFormat(StrEnum):
    NONE = "none"
    TABLE = "table"
    MARKDOWN = "markdown"
    JSON = "json"


COLUMNS: Final = {
    "App": ("app",),
    "Ask": ("owner",),
    "Fix": ("fix",),
    "Severity": ("severity",),
    "Over due": ("over_due",),
    "Stuck at": ("stuck",),
    "What would unblock it": ("unblock",),
}


class UnknownOwnerError(ToldError):
    """Nothing is asked of that owner, for there is none."""

    exit_code = ExitCode.USAGE


def report(  # noqa: PLR0917 - what the command line takes
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the issue that would be written; write nothing.")] = False,
    forge: ForgeOption = None,
    format_: Annotated[
        ReportFormat,
        typer.Option("--format", "-f", help="What to print: nothing, a row for each fix, the issue, or the data."),
    ] = (ReportFormat.NONE),
    owner: Annotated[
        str | None,
        typer.Option(
            "--owner",
            metavar="@TEAM",
            help="Print what one owner is asked for, as a table by default; no issue is written.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="DIR", help="Write a dashboard into this folder: a static site, and the same as data."),
    ] = None,
) -> int:
    """Write the weekly issue that names the apps which have not taken a fix: opened once, edited in place, closed when nothing is stale.

    With --owner @TEAM it is only told what that team, or person, is asked for, and no issue is written.

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
            mode=Mode.DRY_RUN if dry_run or owner is not None else Mode.WRITE,
            past=None if out is None else PAST,
            progress=progress,
            waiting=session.tell_waiting,
        )
    made, issue = reported.report, reported.issue
    if owner is not None and not any(is_of(entry.app, owner) for entry in made.apps):
        raise UnknownOwnerError(f"no app of the fleet is owned by {owner!r}{suggestion(owner, owners_of(made))}")
    if out is not None:
        session.err.print(f"dashboard: {write_site(out, made, session.settings, clones=clones)}", markup=False)
    text = made.text if owner is None else report_of_owner(made, owner)
    _write(session, made, text, owner, _format(format_, is_told=dry_run, owner=owner))
    say_not_reached(session, [one for one in made.failures if one.resumes_at])
    failures = (*made.failures, *reported.owners.failures, *reported.escalated.failures)
    say_failures(session, [one for one in failures if not one.resumes_at])
    for name in made.empty_repos:
        session.err.print(f"not looked at: {name}: the repo has no commit yet", markup=False)
    if owner is not None:
        return ExitCode.SOME_FAILED if made.failures else ExitCode.DONE
    session.err.print(f"issue {issue.outcome.value}" + (f": {issue.url}" if issue.url else ""), markup=False)
    if said := reported.owners.in_words:
        session.err.print(f"issues of owners: {said}", markup=False)
    if said := reported.escalated.in_words:
        session.err.print(f"past due: {said}", markup=False)
    is_told = write_step_summary(session, made.text.body)
    unsaid = None if dry_run else announce(session.settings, made, issue_url=issue.url)
    if unsaid is not None:
        say_failures(session, [unsaid])
    return ExitCode.SOME_FAILED if failures or unsaid or not is_told else ExitCode.DONE


def _format(wanted: ReportFormat, *, is_told: bool, owner: str | None) -> ReportFormat:
    """What is printed where nothing is asked for: a team its table, a dry run the issue."""
    if wanted is not ReportFormat.NONE:
        return wanted
    return ReportFormat.TABLE if owner is not None else ReportFormat.MARKDOWN if is_told else ReportFormat.NONE


def _write(session: Session, made: Report, text: Text, owner: str | None, format_: ReportFormat) -> None:
    """Print it all, or the part of one owner."""

    def is_meant(app: App) -> bool:
        return owner is None or is_of(app, owner)

    match format_:
        case ReportFormat.NONE:
            return
        case ReportFormat.JSON:
            told = exposures_json(
                [one for one in made.exposures if is_meant(one.app)],
                [one for one in made.moved if is_meant(one.app)],
                [one for one in made.kept_back if is_meant(one.app)],
                made.bases,
                now=made.now,
                last_run=made.last_run,
                failures=made.failures,
                empty_repos=made.empty_repos,
            )
            session.out.file.write(json_text(told) + "\n")
        case ReportFormat.TABLE:
            rows = exposure_rows([one for one in made.exposures if is_meant(one.app)], made.now)
            write_rows(session.out, Format.TABLE, rows, columns=COLUMNS)
        case ReportFormat.MARKDOWN:
            session.out.print(text.title, style="bold", markup=False)
            for page in (text.body, *(comment.body for comment in text.comments)):
                session.out.print(page, markup=False)
        case _:
            assert_never(format_)
