"""`rebuild-bot run`: the scheduled run over the whole fleet."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.forge import ForgeOption, clones_of
from bot.cli.output import Format, write_rows
from bot.cli.progress import shown
from bot.cli.rows import Row, closed_row, run_json, sent_row
from bot.cli.session import Session
from bot.cli.undone import say_failures, say_not_done, say_not_reached, say_nothing_to_look_at, warn
from bot.cli.update import show_diff
from bot.model.exit_code import ExitCode
from bot.model.pull_request import Outcome
from bot.model.run import Interruption, RunSummary, Stage
from bot.model.shard import InvalidShardError, Plan, Shard
from bot.report.alarms import alarms
from bot.report.interruption import verdict
from bot.report.json_text import json_text
from bot.report.markdown import number_of
from bot.report.not_done import not_done
from bot.report.summary import step_summary
from bot.settings.types import is_repo_name
from bot.wiring import fleet, shards
from bot.wiring.clients import notices
from bot.wiring.fleet import Mode
from bot.wiring.handed_on import DEFAULT_PLAN, ShardResult, read_plan
from bot.wiring.survey import Share

COLUMNS = {
    "Repo": ("repo",),
    "Pull request": ("title",),
    "Outcome": ("outcome",),
    "Closes": ("closes",),
    "Where": ("url",),
    "Note": ("note",),
}


def run(  # noqa: PLR0917 - what the command line takes
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do all but write: print each diff and body that would be sent.")] = False,
    repo: Annotated[
        list[str] | None, typer.Option("--repo", "-r", metavar="OWNER/NAME", help="Only this repo; may be given more than once.")
    ] = None,
    shard: Annotated[
        str | None, typer.Option("--shard", metavar="K/N", help="Only the part of the fleet that a plan has for this shard.")
    ] = None,
    plan: Annotated[
        Path, typer.Option("--plan", metavar="FILE", help="With --shard: the plan that `rebuild-bot plan` made.")
    ] = DEFAULT_PLAN,
    result: Annotated[
        Path | None, typer.Option("--result", metavar="FOLDER", help="With --shard: the folder to leave in what `rebuild-bot merge` takes.")
    ] = None,
    forge: ForgeOption = None,
    format_: Annotated[Format, typer.Option("--format", "-f", help="How to write the result.")] = Format.TABLE,
) -> int:
    """Go through every repo of the fleet: find, watch, decide, and open or update the pull requests.

    Safe to run twice, and to stop at any point. A fleet that is too large for one job is done in shards: `plan`, then `run --shard K/N`
    for each of them, then `merge`. The token comes from REBUILD_BOT_GITHUB_TOKEN or GITHUB_TOKEN, or a GitHub App
    from REBUILD_BOT_APP_ID and REBUILD_BOT_APP_PRIVATE_KEY.

    With --forge local DIR the fleet are the clones below a folder, and no token is needed: a pull request is then a branch in its clone
    and a Markdown file in DIR/.rebuild-bot.
    """
    session = Session.of(context)
    clones = clones_of(forge)
    if clones is not None and shard is not None:
        raise typer.BadParameter("a folder of clones is not divided; leave out --shard", param_hint="--forge")
    named = _named(repo or ())
    part = _part(shard, plan, result, named)
    for notice in notices(session.settings, clones=clones):
        session.err.print(f"notice: {notice}", markup=False)
    if result is not None:
        shards.prepare(result, session.settings)
    with shown(session.err) as progress:
        summary = fleet.run(
            session.settings,
            only=named,
            share=None if part is None else Share.of(*part),
            clones=clones,
            mode=Mode.DRY_RUN if dry_run else Mode.WRITE,
            progress=progress,
            waiting=session.tell_waiting,
        )
    session.signals.words = interrupted(summary.interruption or Interruption(stage=Stage.END))
    if part is not None:
        if result is not None:
            left = ShardResult(plan=part[0].id, shard=part[1], is_dry_run=dry_run, summary=summary)
            summary = replace(summary, failures=(*summary.failures, *shards.leave(result, left, session.settings)))
        # Only all shards together know it.
        summary = replace(summary, idle_rules=())
    with session.signals.held():
        code = tell(session, summary, format_, dry_run=dry_run)
    if part is not None and code == ExitCode.FOUND:
        # `merge` says so of the whole.
        code = ExitCode.DONE
    return code if summary.interruption is None else ExitCode.INTERRUPTED


def _warnings(summary: RunSummary) -> Iterator[str]:
    for circle in summary.circles:
        yield f"apps build on each other, so that none waits for another: {circle}; check `images` in the fleet file"
    for name in summary.idle_rules:
        yield f"the rule {name!r} matched no pin of the fleet; check the names in its `match`"
    yield from summary.notes
    for fault in summary.own_faults:
        yield f"{fault.repo}: {'nothing new goes out to it; ' if fault.is_silencing else ''}{fault.faults[0]}"
    for told in alarms(summary.apps):
        yield f"ALARM: {told.name}: {told.alarm.reason}; nothing of it is proposed"


def tell(session: Session, summary: RunSummary, format_: Format, *, dry_run: bool = False) -> int:
    """Print a run, or what its shards came to, write the step summary, and say the exit code."""
    if format_ is Format.JSON:
        session.out.file.write(json_text(run_json(summary)) + "\n")
    else:
        if dry_run:
            _show_what_would_be_sent(session, summary)
        rows = [*(sent_row(one, summary.closes(one)) for one in summary.sent), *map(closed_row, summary.closed)]
        write_rows(session.out, format_, rows, columns=_columns(rows))
    say_failures(session, summary.failures)
    say_not_reached(session, summary.not_reached)
    for said in _warnings(summary):
        warn(session, said)
    say_not_done(session, not_done(summary), whole="`--format json` and the step summary say")
    session.err.print(one_line(summary))
    if not write_step_summary(session, step_summary(summary)):
        return ExitCode.SOME_FAILED
    if is_nothing(summary):
        say_nothing_to_look_at(session)
        return ExitCode.NOTHING_TO_SCAN
    # What waits its turn is no failure.
    has_unknown = any(state.unknown and not state.is_later for state in summary.bases)
    if summary.failures or not summary.is_complete or has_unknown:
        return ExitCode.SOME_FAILED
    return ExitCode.FOUND if summary.has_alarm and session.settings.tripwire.exit_code else ExitCode.DONE


def is_nothing(summary: RunSummary) -> bool:
    """Whether there was no repo to look at, and nothing failed."""
    return not (summary.repos or summary.failures) and summary.is_complete


def _part(shard: str | None, plan: Path, result: Path | None, named: Sequence[str]) -> tuple[Plan, Shard] | None:
    """The plan and the part of it that is meant; None: the whole. Raises typer.BadParameter, HandedOnError."""
    if shard is None:
        if result is not None:
            raise typer.BadParameter("it is for a shard alone; give --shard as well", param_hint="--result")
        return None
    if named:
        raise typer.BadParameter("a shard has its repos from the plan; leave out --repo", param_hint="--shard")
    try:
        meant = Shard.parse(shard)
    except InvalidShardError as error:
        raise typer.BadParameter(str(error), param_hint="--shard") from error
    read = read_plan(plan)
    if meant not in read.all_shards:
        raise typer.BadParameter(f"{plan} has {number_of(len(read.shards), 'shard')}, so there is no {meant}", param_hint="--shard")
    return read, meant


def _columns(rows: Sequence[Row]) -> dict[str, tuple[str, ...]]:
    """Those that have something to tell."""
    has_holes = any(row.get("closes") for row in rows)
    return {name: keys for name, keys in COLUMNS.items() if name != "Closes" or has_holes}


def _named(repos: Sequence[str]) -> tuple[str, ...]:
    """Each repo once. Raises typer.BadParameter for what is none."""
    for name in repos:
        if not is_repo_name(name):
            raise typer.BadParameter(f"{name!r} is no repo; write it as OWNER/NAME", param_hint="--repo")
    return tuple(dict.fromkeys(repos))


def interrupted(interruption: Interruption) -> str:
    """The last line of a run that was told to stop."""
    return f"{verdict(interruption)}; what was sent and recorded stays"


def one_line(summary: RunSummary) -> str:
    """What the run did, in one line."""
    outcomes = Counter(sent.outcome.value for sent in summary.sent)
    for closed in summary.closed:
        words = "closed" if closed.is_done else "would be closed"
        outcomes[words] += 1
    nothing = "nothing to propose" if summary.is_complete and not summary.failures else "none sent"
    later = f", {len(summary.waiting)} waiting their turn" if summary.waiting else ""
    counted = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.items()) or nothing
    # A look-up that failed is no pull request.
    failed = f"; {number_of(len(summary.failures), 'failure')}" if summary.failures else ""
    left = f"; {len(summary.not_reached)} not reached" if summary.not_reached else ""
    repos, pins = number_of(summary.repos, "repo"), number_of(summary.pins, "pin")
    if summary.interruption is not None:
        repos, pins = f"{repos} read", f"{pins} judged"
    return f"{repos}, {pins}; pull requests: {counted}{later}{failed}{left}"


def write_step_summary(session: Session, text: str) -> bool:
    """Append Markdown to the job's summary where GitHub Actions gives a file for it; whether all went well."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return True
    try:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        session.err.print(f"the step summary can't be written: {path} (GITHUB_STEP_SUMMARY): {error.strerror or error}", markup=False)
        return False
    return True


def _show_what_would_be_sent(session: Session, summary: RunSummary) -> None:
    for proposal in (sent.proposal for sent in summary.sent if sent.outcome is Outcome.DRY_RUN):
        session.out.rule(f"{proposal.repo}: {proposal.title}", align="left")
        session.out.print(proposal.body, markup=False)
        show_diff(session.out, proposal.changes)
