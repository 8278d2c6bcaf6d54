"""GitHub Actions as the reader of what is written: its workflow commands (GitHub's "Workflow commands"), and nobody else's.

Texts of others are in what the bot writes, and a line of them may look like a command to the runner. Every line that does is broken, but
for those that are written as commands here.
"""

import os
import re
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import RLock
from typing import Final, TextIO

_LINE_END: Final = re.compile(r"\r\n|\r|\n")
"""Where the runner's own reader ends a line (.NET, `TextReader.ReadLine`)."""
_COMMAND: Final = re.compile(r"^(\s*):(?=:)")
_OLD_COMMAND: Final = re.compile(r"##(?=\[)")
"""The older form counts wherever it stands in a line."""
_DATA: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY: Final = {**_DATA, ord(":"): "%3A", ord(","): "%2C"}
_MAX_PENDING: Final = 1 << 24
"""Characters of a line without an end that are held back."""


def is_actions(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether GitHub Actions, or a runner like it, reads what is written."""
    return environment.get("GITHUB_ACTIONS") == "true"


def command(name: str, text: str = "", **properties: str) -> str:
    """A workflow command on one line, whatever is in its texts."""
    given = ",".join(f"{key}={value.translate(_PROPERTY)}" for key, value in properties.items() if value)
    return f"::{name}{' ' if given else ''}{given}::{text.translate(_DATA)}"


def harmless(line: str) -> str:
    """A line that the runner takes for text: a blank stands where a command would be."""
    return _OLD_COMMAND.sub("# #", _COMMAND.sub(r"\1: ", line))


class Guarded:
    """A stream whose lines are no commands, but for those that `send` writes. Safe to use from several threads."""

    def __init__(self, stream: TextIO) -> None:
        self._stream: Final = stream
        self._lock: Final = RLock()
        self._pending = ""

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    @property
    def encoding(self) -> str:
        return self._stream.encoding

    def write(self, text: str) -> int:
        with self._lock:
            held = self._pending + text
            # A line end may come in two pieces, and what looks like no command yet may become one.
            cut = max(held.rfind("\n"), held.rfind("\r", 0, -1)) + 1
            whole, self._pending = held[:cut], held[cut:]
            if len(self._pending) > _MAX_PENDING:
                whole, self._pending = whole + self._pending, ""
            if whole:
                self._stream.write(_harmless_lines(whole))
        return len(text)

    def writelines(self, lines: Iterator[str]) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        with self._lock:
            self._stream.flush()

    def send(self, told: str) -> None:
        """Write a command, which begins a line of its own."""
        with self._lock:
            self.end_line()
            self._stream.write(f"{told}\n")
            self._stream.flush()

    def end_line(self) -> None:
        """What was written without a line end goes out, with one."""
        with self._lock:
            pending, self._pending = self._pending, ""
            if pending:
                self._stream.write(_harmless_lines(pending if pending.endswith(("\r", "\n")) else f"{pending}\n"))


def _harmless_lines(text: str) -> str:
    pieces, place = [], 0
    for end in _LINE_END.finditer(text):
        pieces += [harmless(text[place : end.start()]), end[0]]
        place = end.end()
    return "".join([*pieces, harmless(text[place:])])


def send(told: str) -> None:
    """Write a command to standard error, where the runner reads it."""
    stream = sys.stderr
    if isinstance(stream, Guarded):
        stream.send(told)


@contextmanager
def guarded() -> Iterator[None]:
    """In GitHub Actions, no line that is written meanwhile is a command unless `send` wrote it; what goes to a file stays as it is."""
    if not is_actions():
        yield
        return
    before = sys.stdout, sys.stderr
    streams = [stream if _is_file(stream) else Guarded(stream) for stream in before]
    sys.stdout, sys.stderr = streams
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
        for stream in streams:
            if isinstance(stream, Guarded):
                with suppress(OSError, ValueError):
                    stream.end_line()
                    stream.flush()


def _is_file(stream: TextIO) -> bool:
    try:
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):
        return False
