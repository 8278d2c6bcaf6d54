"""What went wrong: as a value that stops nothing, or as an error that a person can do something about."""

from dataclasses import dataclass
from typing import ClassVar

from bot.model.exit_code import ExitCode


class ToldError(Exception):
    """An error whose message says what, where and the remedy; it needs no traceback."""

    exit_code: ClassVar[ExitCode] = ExitCode.SOME_FAILED
    """Of a call that it ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What failed, where (repo, registry, file, request), and the remedy in one imperative sentence."""

    where: str
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" + (f" {self.remedy}" if self.remedy else "")
