"""`rebuild-bot demo`: the whole job on a made-up organisation."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.markdown import Markdown
from rich.padding import Padding
from rich.text import Text

from bot import settings
from bot.cli.compare import write_tables
from bot.cli.inspect import write_facts
from bot.cli.output import Format, write_rows
from bot.cli.session import Session
from bot.cli.stages import StagesFormat, write_stages
from bot.cli.verify import FindingFormat, write_finding
from bot.model.exit_code import ExitCode
from bot.model.image import ImageReference
from bot.model.run import RunSummary
from bot.report.contents.rebuild import verdict_text
from bot.wiring import fleet, image
from bot.wiring import verify as wiring_verify

if TYPE_CHECKING:
    from bot.sandbox.demo.story import Ending

_INDENT: Final = 12


def demo(
    context: typer.Context,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Write the pages of the sandbox there, as files.")] = None,
    serve: Annotated[bool, typer.Option("--serve", help="Keep the sandbox up, to look around in a browser.")] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port of the sandbox's GitHub and its pages; 0: any free one.")] = 0,
) -> int:
    """Show the whole job on loopback: an organisation, releases with fixes, pull requests, and the weekly issue.

    Needs no token and no network. The embedded GitHub and registry are met by the same code as the real ones.
    """
    # The sandbox takes longer to load than all the rest, and no other command needs it.
    from bot.sandbox.demo.organisation import Organisation  # noqa: PLC0415
    from bot.sandbox.demo.story import end, tell  # noqa: PLC0415

    session = Session.of(context)
    session.signals.words = "interrupted; the made-up organisation is gone"
    with _folder() as folder, Organisation.running(folder, port=port) as organisation:
        loaded = settings.load(organisation.config_file, organisation.environment)

        def run_bot() -> RunSummary:
            summary = fleet.run(loaded, now=organisation.clock)
            if summary.interruption is not None:
                raise KeyboardInterrupt
            return summary

        session.out.print(f"[bold]A GitHub, a registry and OSV are up on loopback[/bold]: {organisation.github_url}")
        session.out.print("Packages, versions and holes are made up; whatever is a CVE number here was never given out.\n")
        for scene in tell(organisation, run_bot=run_bot, report=lambda: fleet.report(loaded, now=organisation.clock)):
            session.out.print(f"[dim]{scene.at:%a %d %b}[/dim]  [bold]{scene.title}[/bold]")
            for line in scene.lines:
                _show_line(session, line)
        _show(session, end(organisation, run_bot=run_bot))
        _show_inside(session, loaded, organisation.clock())
        _show_way(session, loaded, organisation.clock())
        if out is not None:
            organisation.site.write(out)
            session.out.print(f"\nThe pages are in [bold]{out}[/bold]; begin with {out / 'index.html'}")
        if serve:
            session.out.print(f"\nLook around at [bold]{organisation.github_url}[/bold]; Ctrl-C ends it.")
            _wait()
    return ExitCode.DONE


def _show(session: Session, ending: "Ending") -> None:
    session.out.rule("What became of each pull request")
    rows = [
        {"repo": fate.repo, "number": f"#{fate.number}", "title": fate.title, "state": fate.state.value, "days": fate.days}
        for fate in ending.fates
    ]
    columns = {"Repo": ("repo",), "": ("number",), "Pull request": ("title",), "State": ("state",), "Days": ("days",)}
    write_rows(session.out, Format.TABLE, rows, columns=columns)
    session.out.rule("A pull request as its maintainer sees it")
    _show_text(session, ending.pull_request.thread.title, ending.pull_request.thread.body)
    session.out.rule("The weekly issue as the leads see it")
    _show_text(session, ending.issue.title, ending.issue.body)
    session.out.rule()
    changed = "nothing: not one write" if ending.writes_of_second_run == 0 else f"{ending.writes_of_second_run} writes"
    session.out.print(f"The bot ran once more and changed [bold]{changed}[/bold].")


def _show_inside(session: Session, loaded: settings.Settings, now: datetime) -> None:
    """What is inside an image that runs, and what changes between two revisions of a base: two commands of their own."""
    from bot.sandbox.demo.story import COMPARED, INSPECTED  # noqa: PLC0415

    session.out.rule(f"rebuild-bot inspect {INSPECTED}")
    found = image.inspect(ImageReference.parse(INSPECTED), loaded, now=now)
    write_facts(session, found, now)
    session.out.print(f"... and each of its {len(found.contents.packages)} packages\n", style="dim")
    session.out.rule(f"rebuild-bot compare {' '.join(COMPARED)}")
    old, new = map(ImageReference.parse, COMPARED)
    comparison, holes = image.compare(old, new, loaded, now=now)
    write_tables(session, comparison, holes, now.date())


def _show_way(session: Session, loaded: settings.Settings, now: datetime) -> None:
    """What became of the fixes behind the merge: a rebuild that brought nothing, and what stands in which stage."""
    from bot.sandbox.demo.story import REBUILT  # noqa: PLC0415

    session.out.rule(f"rebuild-bot verify {' '.join(REBUILT)}")
    old, new = map(ImageReference.parse, REBUILT)
    finding = wiring_verify.verify(old, new, (), (), loaded, now=now)
    write_finding(session, FindingFormat.TABLE, finding)
    session.out.print(verdict_text(finding), markup=False)
    session.out.rule("rebuild-bot stages")
    write_stages(session, StagesFormat.TABLE, fleet.stages(loaded, now=lambda: now), is_all=False)


def _show_line(session: Session, line: str) -> None:
    """A line below its scene; one that is too long for the terminal goes on below itself."""
    text = line.lstrip()
    indent = _INDENT + len(line) - len(text)
    session.out.print(Padding(Text(text), (0, 0, 0, indent)) if session.out.is_terminal else Text(" " * indent + text))


def _show_text(session: Session, title: str, body: str) -> None:
    session.out.print(title, style="bold", markup=False)
    session.out.print(Markdown(body) if session.out.is_terminal else body, markup=False)


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="rebuild-bot-demo-", ignore_cleanup_errors=True) as name:
        yield Path(name)


def _wait() -> None:
    with suppress(KeyboardInterrupt):
        Event().wait()
