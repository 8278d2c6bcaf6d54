"""`rebuild-bot stages`: where the fleet's images stand on their way to production."""

from enum import StrEnum
from typing import Annotated, assert_never

import typer

from bot.cli.forge import ForgeOption, clones_of
from bot.cli.output import Format, write_rows
from bot.cli.progress import shown
from bot.cli.session import Session
from bot.cli.undone import say_failures, say_not_reached, say_nothing_to_look_at
from bot.model.exit_code import ExitCode
from bot.model.exposure import Known
from bot.pipeline.stages import StagesSeen
from bot.report.json_text import json_text
from bot.report.printable import printable
from bot.report.stages import (
    GAP_COLUMNS,
    SPRAWL_COLUMNS,
    STAGE_COLUMNS,
    app_document,
    deployment_document,
    gap_document,
    gap_rows,
    sprawl_document,
    sprawl_rows,
    stage_rows,
    stages_markdown,
    summary,
)
from bot.wiring import fleet
from bot.wiring.clients import notices


class StagesFormat(StrEnum):
    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"


def stages(
    context: typer.Context,
    forge: ForgeOption = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also images that nobody here publishes, and gaps that are not certain.")
    ] = False,
    format_: Annotated[StagesFormat, typer.Option("--format", "-f", help="How to write the result.")] = StagesFormat.TABLE,
) -> int:
    """Show what runs in which stage, or is written to, by which source and how old that is; and what is not as it should be.

    Told are the images that the apps of the fleet publish. Gaps: production skipped a stage, a stage is behind the one before, or
    frozen; what is written and what runs differ; what runs and no repo makes. And how many values of one base or chart there are.
    What the files say is known without more; `track` in the configuration names lists of what clusters run, and what of GitHub is asked.
    Nothing is written.
    """
    session, clones = Session.of(context), clones_of(forge)
    for notice in notices(session.settings, clones=clones):
        session.err.print(f"notice: {notice}", markup=False)
    with shown(session.err) as progress:
        seen = fleet.stages(session.settings, clones=clones, progress=progress)
    write_stages(session, format_, seen, is_all=everything)
    for note in seen.notes:
        session.err.print(printable(f"note: {note}"), markup=False)
    say_failures(session, [one for one in seen.failures if one.resumes_at is None])
    say_not_reached(session, [one for one in seen.failures if one.resumes_at is not None])
    if not seen.repos and not seen.failures:
        say_nothing_to_look_at(session)
        return ExitCode.NOTHING_TO_SCAN
    held = [one for image in seen.images for ones in image.stages.values() for one in ones]
    session.err.print(printable(summary(len(seen.images), len(held), sum(one.is_running for one in held), seen.gaps)), markup=False)
    return ExitCode.SOME_FAILED if seen.failures else ExitCode.DONE


def write_stages(session: Session, format_: StagesFormat, seen: StagesSeen, *, is_all: bool) -> None:
    """What `stages` tells, in one of its forms."""
    held = [(image.app_name, one) for image in seen.images for ones in image.stages.values() for one in ones]
    held += [("", one) for one in seen.others] if is_all else []
    gaps = [gap for gap in seen.gaps if is_all or gap.is_so is Known.YES]
    match format_:
        case StagesFormat.TABLE:
            write_rows(session.out, Format.TABLE, stage_rows(held), columns=STAGE_COLUMNS)
            for rows, columns in ((gap_rows(gaps), GAP_COLUMNS), (sprawl_rows(seen.sprawl), SPRAWL_COLUMNS)):
                known = list(rows)
                if known:
                    session.out.file.write("\n")
                    write_rows(session.out, Format.TABLE, known, columns=columns)
        case StagesFormat.JSON:
            document = {
                "now": seen.now.isoformat(),
                "images": [
                    {
                        **app_document(image.app),
                        "image": image.name,
                        "deployments": [deployment_document(one) for ones in image.stages.values() for one in ones],
                    }
                    for image in seen.images
                ],
                "others": [deployment_document(one) for one in seen.others] if is_all else [],
                "gaps": [gap_document(gap) for gap in seen.gaps],
                "sprawl": [sprawl_document(one) for one in seen.sprawl],
                "notes": list(seen.notes),
                "failures": [str(failure) for failure in seen.failures],
            }
            session.out.file.write(json_text(document) + "\n")
        case StagesFormat.MARKDOWN:
            tables = [
                ("Where images stand", STAGE_COLUMNS, list(stage_rows(held))),
                ("Gaps", GAP_COLUMNS, list(gap_rows(gaps))),
                ("Sprawl", SPRAWL_COLUMNS, list(sprawl_rows(seen.sprawl))),
            ]
            session.out.file.write(stages_markdown(tables))
        case _:
            assert_never(format_)
