"""`rebuild-bot update`: edit the pins of a folder."""

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.text import Text

from bot.cli.progress import shown
from bot.cli.session import Session
from bot.cli.signals import NOTHING_SHOWN
from bot.cli.undone import say_not_done, say_own_file
from bot.clients.text import decode
from bot.find.proof import Changed
from bot.model.edit import FileChange
from bot.model.exit_code import ExitCode
from bot.model.image import InvalidReferenceError
from bot.model.update import Decision, Frozen, Unknown
from bot.report.markdown import number_of
from bot.report.not_done import left_of
from bot.report.printable import printable
from bot.wiring import folder, local

_ODD: Final = re.compile(r'[\x00-\x1f\x7f"\\]')
_ESCAPES: Final = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def update(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(exists=True, help="A folder, a clone, or one file.")] = Path(),
    apply: Annotated[bool, typer.Option("--apply", help="Write the files. Without it: show the diff only.")] = False,
    given: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Move every pin of NAME to VALUE (tag, tag@digest or @digest), offline. May be given more than once.",
        ),
    ] = None,
) -> int:
    """Show the diff that brings every outdated pin up to date, or write it with --apply.

    Only the text of the pins changes; every edited file is read again and proved before it is written.
    """
    session = Session.of(context, path)
    session.signals.words = NOTHING_SHOWN
    with shown(session.err) as progress:
        updated = None if given else local.update(path, session.settings, progress=progress)
        changed = updated.changed if updated is not None else _move_to(session, path, given or ())
    with session.whole():
        return _told(session, path, updated, changed, apply=apply)


def _told(session: Session, path: Path, updated: local.Updated | None, changed: Changed, *, apply: bool) -> ExitCode:
    """Write the files if that is wanted, and say what changed and what could not."""
    if apply:
        folder.write(path, changed.changes)
    show_diff(session.out, changed.changes)
    for failure in changed.failures:
        session.err.print(f"not changed: {failure}", markup=False)
    looked = None if updated is None else updated.looked
    if updated is not None and looked is not None:
        say_own_file(session, updated.own_file)
        say_not_done(session, left_of(looked), whole="`check --format json` says")
    if looked is not None and not looked.decisions:
        session.err.print(f"{path}: no file of a known format holds a pin", markup=False)
        return ExitCode.NOTHING_TO_SCAN
    unseen = _not_looked_at(() if looked is None else looked.decisions)
    for line in unseen:
        session.err.print(f"not looked at: {line}", markup=False)
    verb = "changed" if apply else "would change; --apply writes"
    done = f"{number_of(len(changed.changes), 'file')} {verb}" if changed.changes else "nothing to change"
    session.err.print(f"{done}, as far as could be looked at" if unseen else done)
    return ExitCode.SOME_FAILED if changed.failures or unseen else ExitCode.DONE


def _not_looked_at(decisions: Sequence[Decision]) -> list[str]:
    """Each reason once, with the first place where it counts."""
    reasons: dict[str, str] = {}
    for decision in decisions:
        if isinstance(decision.verdict, Unknown | Frozen):
            reasons.setdefault(decision.verdict.reason, f"{decision.pin.file}:{decision.pin.line}: {decision.pin.name}")
    return [f"{where}: {reason}" for reason, where in reasons.items()]


def _move_to(session: Session, path: Path, given: Sequence[str]) -> Changed:
    try:
        assignments = [_assignment(text) for text in given]
        for name, count in Counter(name for name, _ in assignments).items():
            if count > 1:
                raise typer.BadParameter(f"{name} stands here {count} times; give it one value", param_hint="--set")
        return local.update_to(path, session.settings, assignments)
    except InvalidReferenceError as error:
        raise typer.BadParameter(str(error), param_hint="--set") from error


def show_diff(console: Console, changes: Sequence[FileChange]) -> None:
    """A unified diff: coloured on a terminal, and one that `git apply` takes in a pipe."""
    for line in (line for change in changes for line in diff_lines(change)):
        if console.is_terminal:
            style = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")
            shown = printable(line.rstrip("\r\n").expandtabs())
            console.print(Text(shown, style="bold" if line.startswith(("+++", "---")) else style))
        else:
            console.file.write(line)


def diff_lines(change: FileChange) -> Iterator[str]:
    """The lines of a unified diff of one file, with their ends kept."""
    old, new = (decode(data)[0].splitlines(keepends=True) for data in (change.old, change.new))
    for line in difflib.unified_diff(old, new, quoted(f"a/{change.path}"), quoted(f"b/{change.path}")):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def quoted(path: str) -> str:
    """A path as git writes it in a diff: in quotes where it has control characters, quotes or backslashes (git-config, core.quotePath)."""
    if not _ODD.search(path):
        return path
    return '"' + _ODD.sub(lambda match: _ESCAPES.get(match[0]) or f"\\{ord(match[0]):03o}", path) + '"'


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise typer.BadParameter(f"{text!r} is not NAME=VALUE, for example docker.io/library/python=3.12.5-slim", param_hint="--set")
    if any(character.isspace() or not character.isprintable() for character in value):
        raise typer.BadParameter(f"{value!r} is no tag, version or digest: none of them has blanks", param_hint="--set")
    return name, value
