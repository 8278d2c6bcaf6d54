"""`rebuild-bot candidates`: every tag of a repository with the verdict on it."""

from enum import StrEnum
from typing import Annotated

import typer

from bot.cli.output import Format, write_rows
from bot.cli.rows import candidate_row, decision_row
from bot.cli.session import Session
from bot.model.base_lag import BaseLag
from bot.model.exit_code import ExitCode
from bot.model.image import ImageReference, InvalidReferenceError
from bot.model.update import Frozen, Propose, Unknown, UpdateKind
from bot.report.fleet_bases import said_of_lag
from bot.report.json_text import json_text
from bot.report.printable import printable
from bot.wiring import local


class Allow(StrEnum):
    PATCH = "patch"
    MINOR = "minor"
    CYCLE = "cycle"
    MAJOR = "major"


def candidates(
    context: typer.Context,
    image: Annotated[str, typer.Argument(metavar="IMAGE:TAG", help="For example python:3.12-slim.")],
    allow: Annotated[Allow | None, typer.Option(help="The largest step that may be taken; by default what the rules allow.")] = None,
    tags: Annotated[
        typer.FileText | None,
        typer.Option(metavar="FILE", help="Take the tags from a file, one a line, instead of the registry; - is standard input."),
    ] = None,
    format_: Annotated[Format, typer.Option("--format", "-f", help="How to write the result.")] = Format.TABLE,
) -> int:
    """Show every tag of an image's repository: which one would be chosen, and why each other one is passed over.

    The rules of the configuration hold, but for those that name files, repos, apps or stages. With tags from a file nothing is asked
    of the registry, and cooldowns don't count. Of a copy (`bases.copies`) it says what its upstream has that it has not.
    """
    session = Session.of(context)
    try:
        reference = ImageReference.parse(image)
    except InvalidReferenceError as error:
        raise typer.BadParameter(str(error), param_hint="IMAGE:TAG") from error
    if reference.tag is None:
        raise typer.BadParameter(f"{image!r} has no tag; give one, for example {image}:latest", param_hint="IMAGE:TAG")
    try:
        listed = None if tags is None else [line.strip() for line in tags if line.strip()]
    except UnicodeDecodeError as error:
        raise typer.BadParameter(f"{tags.name if tags else ''} is not UTF-8; save it as UTF-8", param_hint="--tags") from error
    if listed is not None and not listed:
        raise typer.BadParameter(f"there is no tag in {tags.name if tags else ''}", param_hint="--tags")
    lags: list[BaseLag] = []
    largest = UpdateKind(allow.value) if allow else None
    decision = local.candidates(reference, session.settings, largest=largest, tags=listed, behind=lags.append)
    verdict = decision.verdict
    moves = isinstance(verdict, Propose) and verdict.update.release.value != reference.tag
    chosen = verdict.update.release.value if isinstance(verdict, Propose) and moves else None
    said = decision_row(decision)
    failed = ExitCode.SOME_FAILED if isinstance(verdict, Unknown | Frozen) else ExitCode.DONE
    rows = [candidate_row(candidate) for candidate in decision.candidates]
    if format_ is Format.JSON:
        answer = {"current": reference.tag, "chosen": chosen, "verdict": said["verdict"], "reason": said["reason"], "candidates": rows}
        answer |= {"upstream": lags[0].upstream, "missing": list(lags[0].missing), "not_known": lags[0].unknown} if lags else {}
        session.out.file.write(json_text(answer) + "\n")
        return failed
    write_rows(session.out, format_, rows, columns={"Tag": ("tag",), "Verdict": ("verdict",), "Reason": ("reason",)})
    reason = "" if chosen else f" ({': '.join(str(word) for word in (said['verdict'], said['reason']) if word)})"
    for lag in lags:
        session.err.print(printable(f"{lag.upstream}: {said_of_lag(lag)}"), markup=False)
    session.err.print(f"{reference.tag} -> {chosen or 'nothing'}{reason}", markup=False)
    return failed
