"""`rebuild-bot find`: list every pin of a folder, and what can't be read or edited safely."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.output import Format, write_rows
from bot.cli.progress import shown
from bot.cli.rows import finding_row, published_row
from bot.cli.session import Session
from bot.cli.signals import NOTHING_SHOWN
from bot.model.exit_code import ExitCode
from bot.model.pin import Finding, Pin, Skip
from bot.report.markdown import number_of
from bot.wiring import folder


def find(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(exists=True, help="A folder, a clone, or one file.")] = Path(),
    format_: Annotated[Format, typer.Option("--format", "-f", help="How to write the result.")] = Format.TABLE,
    publishes: Annotated[bool, typer.Option("--publishes", help="List the images that the builds in it make, not the pins.")] = False,
) -> int:
    """List every pin, and every skip with its reason. Reads files only: no network, no token."""
    session = Session.of(context, path)
    session.signals.words = NOTHING_SHOWN
    if publishes:
        return _write_published(session, path, format_)
    with shown(session.err) as progress:
        findings = folder.find(path, session.settings, progress=progress)
    with session.whole():
        if format_ in {Format.TABLE, Format.MARKDOWN}:
            _write_for_people(session, format_, findings)
        else:
            write_rows(session.out, format_, map(finding_row, findings), columns={})
    return ExitCode.DONE if findings else _nothing(session, path)


def _write_published(session: Session, path: Path, format_: Format) -> int:
    """Outputs of builds: which image names this repo's own pipelines make."""
    images = folder.published(path, session.settings)
    columns = {"File": ("file", "line"), "Image": ("name",), "Tag": ("tag",), "As written": ("image",), "By": ("by",)}
    if images or format_ not in {Format.TABLE, Format.MARKDOWN}:
        write_rows(session.out, format_, map(published_row, images), columns=columns)
    if not images:
        session.err.print(f"{path}: no build is known that makes an image")
        return ExitCode.NOTHING_TO_SCAN
    names = {image.name for image in images if image.name}
    unknown = sum(image.name is None for image in images)
    said = f"; {number_of(unknown, 'name')} can't be known before the build runs" if unknown else ""
    session.err.print(f"{number_of(len(names), 'image')} in {number_of(len({image.file for image in images}), 'file')}{said}")
    return ExitCode.DONE


def _write_for_people(session: Session, format_: Format, findings: Sequence[Finding]) -> None:
    pins = [finding for finding in findings if isinstance(finding, Pin)]
    skips = [finding for finding in findings if isinstance(finding, Skip)]
    if pins:
        rows = ({**finding_row(pin), "short": _short(pin)} for pin in pins)
        columns = {
            "File": ("file", "line"),
            "Dependency": ("name",),
            "Value": ("value",),
            "Digest": ("short",),
            "Role": ("role",),
            "Left alone": ("opt_out",),
        }
        write_rows(session.out, format_, rows, columns=columns)
    if skips:
        session.out.print(f"\n{len(skips)} skipped: can't be read or edited safely")
        write_rows(
            session.out,
            format_,
            map(finding_row, skips),
            columns={"File": ("file", "line"), "Text": ("text",), "Reason": ("reason",)},
        )
    dependencies, files = {pin.dependency for pin in pins}, {pin.file for pin in pins}
    counted = number_of(len(pins), "pin"), number_of(len(dependencies), "dependency"), number_of(len(files), "file")
    session.err.print("{} of {} in {}".format(*counted))


def _short(pin: Pin) -> str | None:
    return pin.digest.partition(":")[2][:12] or pin.digest[:12] if pin.digest else None


def _nothing(session: Session, path: Path) -> int:
    session.err.print(f"{path}: no file of a known format holds a pin")
    return ExitCode.NOTHING_TO_SCAN
