"""The exit codes of the command line."""

from collections.abc import Iterable
from enum import IntEnum


class ExitCode(IntEnum):
    """What a call came to: that something was found never looks like a failure."""

    DONE = 0
    BUG = 1
    """A fault of ours, with a traceback."""
    USAGE = 2
    """The call or the configuration is wrong."""
    NOTHING_TO_SCAN = 3
    SOME_FAILED = 4
    """A repo, registry or forge failed; the rest is done."""
    FOUND = 10
    """What was looked for: updates (only with `check --exit-code`), a rebuild that did not fix what it was for (`verify`), or an alarm
    of the tripwire (`run` and `merge`, with `tripwire.exit_code`)."""
    INTERRUPTED = 130
    """By SIGINT."""
    TERMINATED = 143
    """By SIGTERM."""


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """The code that tells most: a failure before a finding, a finding before success."""
    order = [
        ExitCode.BUG,
        ExitCode.INTERRUPTED,
        ExitCode.TERMINATED,
        ExitCode.USAGE,
        ExitCode.SOME_FAILED,
        ExitCode.NOTHING_TO_SCAN,
        ExitCode.FOUND,
    ]
    seen = set(codes)
    return next((code for code in order if code in seen), ExitCode.DONE)
