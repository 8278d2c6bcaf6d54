"""Whose commits these are: people's, or of bots, which go on committing to an app that nobody develops any more."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any, Final

from bot.clients.github.logins import login_of
from bot.model.fleet import LastCommit, OnlyBots, PersonsCommit

_MARK: Final = "[bot]"
"""What the login of a GitHub App ends with, and so the name and the address that its commits bear."""
_MAX_HEADLINE: Final = 100
_MERGES: Final = ("Merge pull request #", "Merge branch '", "Merge remote-tracking branch '", "Merge branches '")
"""How git and GitHub begin the message of a merge. The parents of each commit would make the survey four times as dear."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bots:
    """Who is no person: each GitHub App, the bot itself by its `logins`, and whom a pattern of the settings fits."""

    logins: frozenset[str] = frozenset()
    patterns: tuple[str, ...] = ()
    """Shell patterns over login, name and e-mail address; in small letters."""

    @classmethod
    def of(cls, *, logins: Collection[str], patterns: Collection[str]) -> "Bots":
        return cls(logins=frozenset(login.lower() for login in logins), patterns=tuple(pattern.lower() for pattern in patterns))

    def wrote(self, author: Mapping[str, Any]) -> bool:
        """Whether a commit by this `GitActor` is a bot's. One without any name is taken for a person's."""
        login, name, email = login_of(author), author.get("name"), author.get("email")
        names = {text.lower() for text in (login, name, email) if isinstance(text, str) and text}
        return (
            login.lower() in self.logins
            or any(text.endswith(_MARK) for text in names)
            or any(fnmatchcase(text, pattern) for text in names for pattern in self.patterns)
        )


def last_commit_of(history: Mapping[str, Any], bots: Bots) -> LastCommit | None:
    """Of the newest commits of a branch, newest first: the last one of a person, or how far back there is none; None: no commit at all.

    A merge tells nothing by itself: people press that button for bots, too, and what it brings stands in the history beside it.
    """
    commits: Sequence[Mapping[str, Any]] = [node for node in history["nodes"] if node]
    if not commits:
        return None
    persons = (commit for commit in commits if not _is_merge(commit) and not bots.wrote(commit["author"] or {}))
    last = next(persons, None)
    if last is not None:
        return PersonsCommit(at=_time(last))
    return OnlyBots(commits=len(commits), since=min(map(_time, commits)), is_all=not history["pageInfo"]["hasNextPage"])


def headlines_of(history: Mapping[str, Any]) -> tuple[str, ...]:
    """The first lines of the newest commits, merges left out."""
    return tuple(str(node["messageHeadline"])[:_MAX_HEADLINE] for node in history["nodes"] if node and not _is_merge(node))


def _time(commit: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(commit["committedDate"]).astimezone(UTC)


def _is_merge(commit: Mapping[str, Any]) -> bool:
    return str(commit["messageHeadline"]).startswith(_MERGES)
