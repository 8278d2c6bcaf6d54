"""`rebuild-bot who-has`: which images in use hold a package."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Final, assert_never

import typer

from bot.cli.output import Format, write_rows
from bot.cli.session import Session
from bot.model.exit_code import ExitCode
from bot.model.holding import WhoHas
from bot.report.holders import COLUMNS, holder_rows, holders_document, holders_markdown, not_known_lines, summary
from bot.report.json_text import json_text
from bot.report.printable import printable
from bot.track.wanted_package import InvalidPackageError
from bot.wiring import who_has as wiring
from bot.wiring.clients import utc_now

_MAX_NAMED: Final = 5


class AnswerFormat(StrEnum):
    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"


def who_has(
    context: typer.Context,
    package: Annotated[
        str,
        typer.Argument(metavar="PACKAGE[@RANGE]", help="A name, type/name or package URL; for example 'xz-utils@>=5.6.0,<5.6.2'."),
    ],
    on: Annotated[str | None, typer.Option("--on", metavar="YYYY-MM-DD", help="Ask about a day in the past (UTC); else about now.")] = None,
    format_: Annotated[AnswerFormat, typer.Option("--format", "-f", help="How to write the result.")] = AnswerFormat.TABLE,
) -> int:
    """Say which images in use hold a package: in which app and stage, whose, since when. Asks the ledger alone, no network.

    In use is what the last `run` found in the files of the fleet; what is inside is known of images that were opened (`inspect`,
    `compare`), on the platform that was opened. The name of a source finds what was built from it: openssl finds libssl3. A limit
    without the packager's revision means every revision of that version. The @ of a scope is part of the name (@types/node); a name that
    has one elsewhere is written as a package URL, with %40 for it (pkg:npm/some%40name). Images that were never opened, or not wholly
    read, are named, and make the exit code 4.
    """
    session = Session.of(context)
    try:
        answer = wiring.who_has(package, session.settings, day=_day(on))
    except InvalidPackageError as error:
        raise typer.BadParameter(str(error), param_hint="PACKAGE") from error
    _write(session, format_, answer)
    for said in not_known_lines(answer, most=_MAX_NAMED):
        session.err.print(printable(said), markup=False)
    session.err.print(printable(summary(answer)), markup=False)
    if not answer.is_known_at_all:
        return ExitCode.NOTHING_TO_SCAN
    return ExitCode.SOME_FAILED if answer.never_opened or answer.partly_read else ExitCode.DONE


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no day; write it like 2026-03-29", param_hint="--on") from error
    if day > utc_now().date():
        raise typer.BadParameter(f"{day} has not come yet", param_hint="--on")
    return day


def _write(session: Session, format_: AnswerFormat, answer: WhoHas) -> None:
    match format_:
        case AnswerFormat.TABLE:
            if answer.holders:
                write_rows(session.out, Format.TABLE, holder_rows(answer), columns=COLUMNS)
        case AnswerFormat.JSON:
            session.out.file.write(json_text(holders_document(answer)) + "\n")
        case AnswerFormat.MARKDOWN:
            session.out.file.write(holders_markdown(answer))
        case _:
            assert_never(format_)
