"""A diff on a terminal: every line with its mark and its indentation, and nothing that the terminal would obey."""

import io
from pathlib import PurePosixPath

from rich.console import Console

from bot.cli.update import show_diff
from bot.model.edit import FileChange


def test_indentation_by_tabs_stays_and_escapes_are_written_out():
    old = b"build:\n\tdocker run x:1.0\n\techo \x1b[31m\n"
    console = Console(file=io.StringIO(), force_terminal=True, color_system=None, width=200)

    show_diff(console, [FileChange(path=PurePosixPath("Makefile"), old=old, new=old.replace(b"1.0", b"1.1"))])

    lines = [line.rstrip() for line in console.file.getvalue().splitlines()]
    assert lines[3:] == [" build:", "-       docker run x:1.0", "+       docker run x:1.1", r"        echo \x1b[31m"]
