"""`rebuild-bot check`: which pins of a folder are outdated."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.output import Format, write_rows
from bot.cli.progress import shown
from bot.cli.rows import Row, decision_row, image_row, image_rows, skipped_row
from bot.cli.session import Session
from bot.cli.signals import NOTHING_SHOWN
from bot.cli.undone import is_unchecked, say_not_checked, say_not_done, say_own_file
from bot.model.exit_code import ExitCode, worst
from bot.model.update import Decision, Frozen, Propose, Unknown, UpToDate, last_day
from bot.report.markdown import number_of
from bot.report.not_done import left_of
from bot.wiring import local
from bot.wiring.clients import utc_now

COLUMNS = {
    "File": ("file", "line"),
    "Dependency": ("name",),
    "From": ("from_short",),
    "To": ("to_short",),
    "Verdict": ("verdict",),
    "Why": ("why",),
}

IMAGES = {"Image": ("name",), "Operating system": ("system",), "Holes": ("said",), "Whose turn": ("turns",)}


def check(  # noqa: PLR0917 - what the command line takes
    context: typer.Context,
    path: Annotated[Path, typer.Argument(exists=True, help="A folder, a clone, or one file.")] = Path(),
    format_: Annotated[Format, typer.Option("--format", "-f", help="How to write the result.")] = Format.TABLE,
    show_all: Annotated[bool, typer.Option("--all", "-a", help="Pins that are up to date, too (JSON always has them).")] = False,
    images: Annotated[
        bool, typer.Option("--images", help="Open the images in use: operating system and its end, known holes, whose turn they are.")
    ] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 10 when there is an update.")] = False,
) -> int:
    """Ask the registries, and say for every pin what it should move to, or why it should not.

    Changes nothing. Uses the credentials of ~/.docker/config.json where there are any.
    """
    session, now = Session.of(context, path), utc_now()
    session.signals.words = NOTHING_SHOWN
    with shown(session.err) as progress:
        found = local.check(path, session.settings, with_images=images, progress=progress)
    looked = found.looked
    decisions = looked.decisions
    is_for_people = format_ in {Format.TABLE, Format.MARKDOWN}
    shown_decisions = [d for d in decisions if show_all or not isinstance(d.verdict, UpToDate) or d.remarks]
    with session.whole():
        if not is_for_people:
            write_rows(
                session.out,
                format_,
                [*map(decision_row, decisions), *map(skipped_row, looked.skips), *(image_row(state, now) for state in found.images)],
                columns={},
            )
        elif shown_decisions:
            write_rows(session.out, format_, map(for_people, shown_decisions), columns=COLUMNS)
        if is_for_people and found.images:
            if shown_decisions:
                session.out.print()
            write_rows(session.out, format_, image_rows(found.images, now), columns=IMAGES)
        say_own_file(session, found.own_file)
        say_not_done(session, left_of(looked), whole="`--format json` says")
        say_not_checked(session, found.images)
        session.err.print(summary(decisions) if decisions else f"{path}: no file of a known format holds a pin", markup=False)
    codes = [ExitCode.NOTHING_TO_SCAN] if not decisions else []
    codes += [ExitCode.SOME_FAILED for d in decisions if isinstance(d.verdict, Unknown | Frozen)]
    codes += [ExitCode.SOME_FAILED for state in found.images if state.problem or state.not_read or is_unchecked(state.assessment)]
    codes += [ExitCode.FOUND for d in decisions if exit_code and isinstance(d.verdict, Propose)]
    return worst(codes)


def for_people(decision: Decision) -> Row:
    """A decision's row with short digests, and all that is said of it in one text."""
    row = decision_row(decision)
    row["from_short"] = _short(row["from"], row["from_digest"])
    row["to_short"] = _short(row["to"], row["to_digest"]) if row["to"] or row["to_digest"] else ""
    moment = getattr(decision.verdict, "until", None)
    until = "" if moment is None else last_day(moment).isoformat()
    held = " ".join(filter(None, (str(row["reason"] or ""), f"(until {until})" if until else "")))
    said = [held, *(remark.reason for remark in decision.remarks), f"its publisher warns: {row['warning']}" if row["warning"] else ""]
    row["why"] = "; ".join(text for text in dict.fromkeys(said) if text == held or text not in held).strip("; ")
    return row


def _short(value: object, digest: object) -> str:
    short = str(digest).partition(":")[2][:12] or str(digest)[:12]
    return f"{value or ''}@{short}" if digest else str(value or "")


def summary(decisions: Sequence[Decision]) -> str:
    """One line that says how many of what."""
    verdicts = Counter(str(decision_row(decision)["verdict"]) for decision in decisions)
    order = ("major", "minor", "patch", "digest", "pin", "held", "not allowed", "undecidable", "frozen", "unknown", "up to date")
    counted = ", ".join(f"{verdicts[verdict]} {verdict}" for verdict in order if verdicts[verdict])
    return f"{number_of(len(decisions), 'pin')}: {counted}" if decisions else "no pin found"
