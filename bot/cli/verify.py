"""`rebuild-bot verify`: whether a new build of an image fixed what it was for."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, assert_never

import typer

from bot.cli.inspect import reference_of
from bot.cli.progress import shown
from bot.cli.session import Session
from bot.model.exit_code import ExitCode
from bot.model.rebuild import RebuildFinding, RebuildVerdict
from bot.pipeline.rebuild_goals import AskedPackage
from bot.report.contents.rebuild import finding_facts, finding_markdown, finding_row, verdict_text
from bot.report.json_text import json_text
from bot.report.printable import printable
from bot.wiring import verify as wiring
from bot.wiring.clients import utc_now

_TYPES: Final = frozenset({"apk", "deb", "gem", "golang", "maven", "npm", "pypi", "rpm"})
_IMAGE: Final = "IMAGE"


class FindingFormat(StrEnum):
    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"


def verify(  # noqa: PLR0917 - what the command line takes
    context: typer.Context,
    old: Annotated[str, typer.Argument(metavar="OLD", help="For example ghcr.io/acme/shop@sha256:…, as it was before.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="For example ghcr.io/acme/shop:1.4.")],
    hole: Annotated[list[str] | None, typer.Option(metavar="CVE", help="A hole that should be closed; may be said again.")] = None,
    package: Annotated[
        list[str] | None,
        typer.Option(metavar="[TYPE/]NAME[@VERSION]", help="A package, and the version with the fix; may be said again."),
    ] = None,
    base: Annotated[str | None, typer.Option(metavar=_IMAGE, help="The base that the new image should stand on.")] = None,
    old_base: Annotated[str | None, typer.Option(metavar=_IMAGE, help="The base of the old image: tells more exactly why.")] = None,
    built_by: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", exists=True, dir_okay=False, help="The Dockerfile, or the workflow: remedies name its lines."),
    ] = None,
    format_: Annotated[FindingFormat, typer.Option("--format", "-f", help="How to write the result.")] = FindingFormat.TABLE,
) -> int:
    """Say whether a rebuild rebuilt: fixed, or why not (a cache, a held package, another stage, the old base, one platform, ...).

    Without `--hole`, `--package` or `--base` it was for every known hole of OLD that has a fix. Every platform of both is opened. The
    exit code is 10 where it is not fixed, and 4 where that is not known: nothing is called fixed that could not be read wholly.
    """
    session = Session.of(context)
    references = [None if text is None else reference_of(text) for text in (base, old_base)]
    packages = [_package_of(text) for text in package or ()]
    with shown(session.err) as progress:
        finding = wiring.verify(
            reference_of(old),
            reference_of(new),
            hole or (),
            packages,
            session.settings,
            base=references[0],
            old_base=references[1],
            built_by=built_by or (),
            now=utc_now(),
            progress=progress,
        )
    write_finding(session, format_, finding)
    session.err.print(printable(verdict_text(finding)), markup=False)
    if finding.verdict.is_fixed:
        return ExitCode.DONE
    return ExitCode.SOME_FAILED if finding.verdict is RebuildVerdict.UNKNOWN else ExitCode.FOUND


def _package_of(text: str) -> AskedPackage:
    """The package that an argument names. Raises typer.BadParameter."""
    # The sign of a scope (`@types/node`) begins no version.
    place = text.rfind("@", text.rfind("/") + 1)
    named, version = (text, "") if place == -1 else (text[:place], text[place + 1 :])
    head, slash, _ = named.partition("/")
    # Namespaces (`org.slf4j`, `@types`) are not told apart: the name alone is looked for.
    name = named.rpartition("/")[2]
    if not any(sign.isalnum() for sign in name) or (place != -1 and not version):
        raise typer.BadParameter(f"not a package: {text[:100]!r}; for example openssl, or deb/openssl@3.0.14-1")
    type_ = head if slash and head in _TYPES else ""
    return AskedPackage(type=type_, name=name, fixed_in=version)


def write_finding(session: Session, format_: FindingFormat, finding: RebuildFinding) -> None:
    """What `verify` tells, in one of its forms."""
    match format_:
        case FindingFormat.JSON:
            session.out.file.write(json_text(finding_row(finding)) + "\n")
        case FindingFormat.MARKDOWN:
            session.out.file.write(finding_markdown(finding))
        case FindingFormat.TABLE:
            for heading, text in finding_facts(finding):
                session.out.print(f"{heading:<8} {printable(text)}", markup=False, highlight=False, soft_wrap=True)
        case _:
            assert_never(format_)
