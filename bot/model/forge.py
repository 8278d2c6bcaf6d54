"""What a forge says of issues and branches, and how it fails."""

from dataclasses import dataclass
from datetime import datetime

from bot.model.exit_code import ExitCode
from bot.model.failure import ToldError


class ForgeError(ToldError):
    """The forge refused or failed; the message says what, where and the remedy."""

    def __init__(self, message: str, *, is_temporary: bool = False) -> None:
        super().__init__(message)
        self.is_temporary = is_temporary


class NoAccessError(ForgeError):
    """The call lacks what the forge asks for before anything else: a credential, or a place to work on."""

    exit_code = ExitCode.USAGE


class NotNowError(ForgeError):
    """The forge was not asked: its limit is used up, or it wants to be left alone, for longer than a run waits."""

    def __init__(self, where: str, why: str, *, resumes_at: datetime) -> None:
        super().__init__(f"{where}: {why}", is_temporary=True)
        self.where = where
        self.resumes_at = resumes_at


class ClockError(ToldError):
    """The clock of this machine is not the forge's. It ends a run before anything is written: waits and first sights would be wrong."""


class StaleHeadError(ForgeError):
    """The branch moved on since it was read: the optimistic lock did not hold. Read again, then try again."""


class NoIssuesError(ForgeError):
    """The repo keeps no issues: people have switched them off there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """An issue as the forge says it is."""

    number: int
    url: str
    title: str
    body: str
    is_open: bool
    labels: frozenset[str]
    updated_at: datetime
    id: int = 0
    """The forge's own, which is not its number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueComment:
    """A comment of the bot's own below an issue, as the forge says it is."""

    id: int
    url: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What there is on a forge: of what there is not nothing is said either."""

    merges_by_itself: bool
    """It has an auto-merge."""
    hears_comments: bool
    """People can tell the bot something below a pull request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchState:
    """A branch: its head, and who made its commits since it left the base."""

    head: str
    authors: frozenset[str]
    """Logins, or e-mail addresses where no login is known, of the authors of the commits that the base lacks."""
