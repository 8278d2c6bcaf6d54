"""`rebuild-bot inspect`: what is inside an image."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, assert_never

import typer

from bot.cli.output import Format, write_rows
from bot.cli.progress import shown
from bot.cli.session import Session
from bot.cli.undone import is_unchecked
from bot.model.exit_code import ExitCode
from bot.model.image import ImageReference, InvalidReferenceError, Platform
from bot.report.contents.comparison import platform_row, platform_text
from bot.report.contents.cyclonedx import cyclonedx
from bot.report.contents.document import contents_row
from bot.report.contents.holes import assessment_row, hole_rows, holes_markdown, lag_row, reasons
from bot.report.contents.spdx import spdx
from bot.report.contents.tables import layer_rows, markdown, package_rows
from bot.report.contents.words import facts, summary
from bot.report.json_text import json_text
from bot.report.printable import printable
from bot.wiring import image as wiring
from bot.wiring.clients import utc_now

LAYERS = {"#": ("number",), "Layer": ("digest",), "Size": ("size",), "Packages": ("packages",), "Instruction": ("instruction",)}
HOLES = {"Severity": ("severity",), "Hole": ("id",), "Packages": ("packages",), "Fixed in": ("fixed_in",), "Whose turn": ("turn",)}
PACKAGES = {"Type": ("type",), "Package": ("name",), "Version": ("version",), "Source": ("source",), "Layer": ("layer",)}


class ContentsFormat(StrEnum):
    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"
    CYCLONEDX = "cyclonedx"
    SPDX = "spdx"


_BILLS: Final = frozenset({ContentsFormat.CYCLONEDX, ContentsFormat.SPDX})
"""Bills of materials tell what is inside, and not what is wrong with it."""


def inspect(  # noqa: PLR0917 - what the command line takes
    context: typer.Context,
    image: Annotated[str, typer.Argument(metavar="IMAGE[:TAG][@DIGEST]", help="For example debian:12-slim.")],
    platform: Annotated[
        str | None, typer.Option(metavar="OS/ARCHITECTURE", help="For example linux/arm64; else linux/amd64, else the first.")
    ] = None,
    all_platforms: Annotated[
        bool, typer.Option("--all-platforms", help="Open the image for its other platforms too, and say where packages differ.")
    ] = False,
    holes: Annotated[
        bool, typer.Option("--holes/--no-holes", help="Look for known vulnerabilities in what `assess` in the configuration names.")
    ] = True,
    format_: Annotated[ContentsFormat, typer.Option("--format", "-f", help="How to write the result.")] = ContentsFormat.TABLE,
) -> int:
    """Open an image from its registry, without Docker: system, packages with the layer that brought each, known holes, how it runs.

    Reads the package databases in the layers as they stream by; nothing of a layer is written to disk. Of each hole it is said whose
    turn it is: yours, the base's publisher's, the distribution's. What could not be read or checked is said; a part that was not read,
    or packages of which not one could be checked, make the exit code 4.
    """
    session, wanted, now = Session.of(context), platform_of(platform), utc_now()
    with_holes = holes and format_ not in _BILLS
    with shown(session.err) as progress:
        found = wiring.inspect(
            reference_of(image),
            session.settings,
            now=now,
            platform=wanted,
            with_holes=with_holes,
            all_platforms=all_platforms,
            progress=progress,
        )
    _write(session, format_, found, now)
    gaps = () if found.assessment is None else found.assessment.not_checked
    for said in dict.fromkeys(
        (*map(str, found.contents.not_read), *found.contents.disagreements, *(f"not checked: {gap}" for gap in gaps))
    ):
        session.err.print(printable(said), markup=False)
    session.err.print(summary(found.contents), markup=False)
    if found.assessment is not None:
        session.err.print(printable(str(found.assessment)), markup=False)
    return ExitCode.SOME_FAILED if found.contents.not_read or is_unchecked(found.assessment) else ExitCode.DONE


def reference_of(text: str) -> ImageReference:
    """The image that an argument names. Raises typer.BadParameter."""
    try:
        return ImageReference.parse(text)
    except InvalidReferenceError as error:
        raise typer.BadParameter(str(error)) from error


def platform_of(text: str | None) -> Platform | None:
    """The platform that an option names. Raises typer.BadParameter."""
    if text is None:
        return None
    found = Platform.parse(text)
    if not found.os or not found.architecture:
        raise typer.BadParameter(f"not a platform: {text[:100]!r}; for example linux/arm64")
    return found


def _write(session: Session, format_: ContentsFormat, found: wiring.Inspected, now: datetime) -> None:
    contents = found.contents
    match format_:
        case ContentsFormat.TABLE:
            write_facts(session, found, now)
            write_table(session, package_rows(found.contents), PACKAGES)
        case ContentsFormat.MARKDOWN:
            session.out.file.write(markdown(contents, now.date()))
            if found.assessment is not None:
                session.out.file.write(f"\n{holes_markdown(found.assessment, found.moves, now)}")
        case ContentsFormat.JSON:
            held = None if found.assessment is None else assessment_row(found.assessment, found.moves, now)
            lag = None if found.lag is None else lag_row(found.lag)
            others = [platform_row(platform, other) for platform, other in found.others]
            _write_json(session, {**contents_row(contents), "assessment": held, "publisher_lag": lag, "other_platforms": others})
        case ContentsFormat.CYCLONEDX:
            _write_json(session, cyclonedx(contents, now))
        case ContentsFormat.SPDX:
            _write_json(session, spdx(contents, now))
        case _:
            assert_never(format_)


def write_facts(session: Session, found: wiring.Inspected, now: datetime) -> None:
    """All but the packages: what it is, its holes, its layers."""
    for heading, text in facts(found.contents, now.date()):
        session.out.print(f"{heading:<9} {printable(text)}", markup=False, soft_wrap=True)
    for platform, other in found.others:
        session.out.print(f"{'Differs':<9} {printable(platform_text(platform, other))}", markup=False, soft_wrap=True)
    if found.assessment is not None:
        session.out.print(f"{'Holes':<9} {printable(str(found.assessment))}", markup=False, soft_wrap=True)
    if found.lag is not None:
        session.out.print(f"{'Publisher':<9} from a fix to an image with it: {found.lag}", markup=False, soft_wrap=True)
    write_table(session, hole_rows(found.moves, now), HOLES)
    for reason, names in reasons(found.moves):
        session.out.print(f"- {reason} ({names})", markup=False, highlight=False, soft_wrap=True)
    write_table(session, layer_rows(found.contents), LAYERS)


def write_table(session: Session, rows: Iterable[Mapping[str, object]], columns: Mapping[str, tuple[str, ...]]) -> None:
    """A table below what stands before it; nothing where there are no rows."""
    if known := list(rows):
        session.out.print()
        write_rows(session.out, Format.TABLE, known, columns=columns)


def _write_json(session: Session, document: Mapping[str, object]) -> None:
    session.out.file.write(json_text(document) + "\n")
