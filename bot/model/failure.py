"""What went wrong: as a value that stops nothing, or as an error that a person can do something about."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from bot.model.exit_code import ExitCode

UNFORESEEN: Final = "the bot met something that it does not know. Report it with the traceback in the log."
"""What people are told of a fault of ours: what was thrown means something only beside its traceback."""


class ToldError(Exception):
    """An error whose message says what, where and the remedy; it needs no traceback."""

    exit_code: ClassVar[ExitCode] = ExitCode.SOME_FAILED
    """Of a call that it ends."""
    where: str = ""
    """The place that the message begins with; empty: it begins otherwise."""
    resumes_at: datetime | None = None
    """It was not tried, and may be from then on: a limit is used up. None: it failed."""


def told(error: BaseException, *, where: str = "") -> str:
    """Why it failed, for people, on one line; without the place that they read beside it anyway.

    An error that is no ToldError is a fault of ours: what it says belongs into the log.
    """
    if not isinstance(error, ToldError):
        return UNFORESEEN
    said = " ".join(str(error).split())
    names_it_otherwise = where and where in error.where and not f"{error.where}: ".startswith(f"{where}: ")
    return said.removeprefix(f"{error.where if names_it_otherwise else where}: ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What failed, where (repo, registry, file, request), and the remedy in one imperative sentence."""

    where: str
    what: str
    remedy: str = ""
    last_good: datetime | None = None
    """When the same worked last, to a day; None: never, or that is not known."""
    resumes_at: datetime | None = None
    """It was not tried, for a limit is used up, and may be from then on: not reached, rather than failed."""

    def __str__(self) -> str:
        good = f"last done well on {self.last_good:%Y-%m-%d}" if self.last_good else ""
        return f"{self.where}: {self.what}" + (f" {self.remedy}" if self.remedy else "") + (f" ({good})" if good else "")
