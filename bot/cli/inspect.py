"""`rebuild-bot inspect`: what is inside an image."""

import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, assert_never

import typer

from bot.cli.output import Format, write_rows
from bot.cli.progress import shown
from bot.cli.session import Session
from bot.model.contents import Contents
from bot.model.exit_code import ExitCode
from bot.model.image import ImageReference, InvalidReferenceError, Platform
from bot.report.contents.cyclonedx import cyclonedx
from bot.report.contents.document import contents_row
from bot.report.contents.spdx import spdx
from bot.report.contents.tables import layer_rows, markdown, package_rows
from bot.report.contents.words import facts, summary
from bot.report.printable import printable
from bot.wiring import image as wiring
from bot.wiring.clients import utc_now

LAYERS = {"#": ("number",), "Layer": ("digest",), "Size": ("size",), "Packages": ("packages",), "Instruction": ("instruction",)}
PACKAGES = {"Type": ("type",), "Package": ("name",), "Version": ("version",), "Source": ("source",), "Layer": ("layer",)}


class ContentsFormat(StrEnum):
    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"
    CYCLONEDX = "cyclonedx"
    SPDX = "spdx"


def inspect(
    context: typer.Context,
    image: Annotated[str, typer.Argument(metavar="IMAGE[:TAG][@DIGEST]", help="For example debian:12-slim.")],
    platform: Annotated[
        str | None, typer.Option(metavar="OS/ARCHITECTURE", help="For example linux/arm64; else linux/amd64, else the first.")
    ] = None,
    format_: Annotated[ContentsFormat, typer.Option("--format", "-f", help="How to write the result.")] = ContentsFormat.TABLE,
) -> int:
    """Open an image from its registry, without Docker: system, packages with the layer that brought each, how it runs.

    Reads the package databases in the layers as they stream by; nothing of a layer is written to disk. What could not be read is
    said, and makes the exit code 4.
    """
    session, wanted = Session.of(context), platform_of(platform)
    with shown(session.err) as progress:
        contents = wiring.inspect(reference_of(image), session.settings, platform=wanted, progress=progress)
    _write(session, format_, contents, utc_now())
    for said in (*map(str, contents.not_read), *contents.disagreements):
        session.err.print(printable(said), markup=False)
    session.err.print(summary(contents), markup=False)
    return ExitCode.SOME_FAILED if contents.not_read else ExitCode.DONE


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
    system, _, rest = text.partition("/")
    architecture, _, variant = rest.partition("/")
    if not system or not architecture:
        raise typer.BadParameter(f"not a platform: {text[:100]!r}; for example linux/arm64")
    return Platform(os=system, architecture=architecture, variant=variant)


def _write(session: Session, format_: ContentsFormat, contents: Contents, now: datetime) -> None:
    match format_:
        case ContentsFormat.TABLE:
            for heading, text in facts(contents, now.date()):
                session.out.print(f"{heading:<9} {printable(text)}", markup=False, soft_wrap=True)
            session.out.print()
            write_rows(session.out, Format.TABLE, layer_rows(contents), columns=LAYERS)
            if contents.packages:
                session.out.print()
                write_rows(session.out, Format.TABLE, package_rows(contents), columns=PACKAGES)
        case ContentsFormat.MARKDOWN:
            session.out.file.write(markdown(contents, now.date()))
        case ContentsFormat.JSON:
            _write_json(session, contents_row(contents))
        case ContentsFormat.CYCLONEDX:
            _write_json(session, cyclonedx(contents, now))
        case ContentsFormat.SPDX:
            _write_json(session, spdx(contents, now))
        case _:
            assert_never(format_)


def _write_json(session: Session, document: Mapping[str, object]) -> None:
    session.out.file.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
