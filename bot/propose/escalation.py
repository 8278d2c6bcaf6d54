"""What is said of a pull request that is past due: a label, then comments that mention more and more people, each once. Pure."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from bot.model.comment import Thread
from bot.model.pull_request import PullRequest
from bot.propose.commands import WORD
from bot.propose.markdown import code, escape

_MENTIONABLE: Final = re.compile(r"@[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})(?:/[A-Za-z0-9._-]{1,100})?", re.ASCII)
_MAX_FIXES: Final = 5
_MAX_PEOPLE: Final = 5


class Level(StrEnum):
    """How loud a comment is, from the quietest."""

    COMMENT = "comment"
    OWNERS = "owners"
    LEADS = "leads"

    @property
    def mark(self) -> str:
        """The hidden words by which a comment is known to have said it."""
        return f"<!-- rebuild-bot:overdue:v1 {self.value} -->"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """How long past due each step is taken; None: never."""

    label: str = "overdue"
    label_after: timedelta | None = timedelta()
    comment_after: timedelta | None = None
    owners_after: timedelta | None = None
    leads_after: timedelta | None = None
    leads: tuple[str, ...] = ()

    def reached(self, late_by: timedelta) -> list[Level]:
        """The comments that are due."""
        after = {Level.COMMENT: self.comment_after, Level.OWNERS: self.owners_after, Level.LEADS: self.leads_after}
        return [level for level, wait in after.items() if wait is not None and late_by >= wait]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """An open pull request that nobody refused, put off or holds back, past the day on which it was due."""

    pull: PullRequest
    late_by: timedelta
    """Of what is due the longest."""
    owners: tuple[str, ...]
    fixes: tuple[str, ...]
    """What it would close or bring, in plain words of others."""


def wants_label(one: Overdue, ladder: Ladder) -> bool:
    """Whether it is to be put on: not where it ever was, for people may have taken it away."""
    is_due = ladder.label_after is not None and one.late_by >= ladder.label_after
    return is_due and ladder.label not in one.pull.labels_ever


def unsaid(one: Overdue, ladder: Ladder, thread: Thread, own: Collection[str]) -> list[Level]:
    """The comments that are due and not written yet; none where older comments can't be seen, for it may stand there."""
    if thread.is_cut:
        return []
    said = "".join(comment.body for comment in thread.comments if comment.author in own)
    to_nobody = {Level.OWNERS} if not one.owners else set()
    return [level for level in ladder.reached(one.late_by) if level.mark not in said and level not in to_nobody]


def comment_of(one: Overdue, levels: Sequence[Level], ladder: Ladder) -> str:
    """One comment that says it all: of steps that are due together people hear once."""
    days = one.late_by.days
    late = f"{days} day{'' if days == 1 else 's'} past due" if days else "due today"
    more = f" and {len(one.fixes) - _MAX_FIXES} more" if len(one.fixes) > _MAX_FIXES else ""
    what = f": {'; '.join(map(escape, one.fixes[:_MAX_FIXES]))}{more}" if one.fixes else ""
    people = [*(one.owners[:_MAX_PEOPLE] if Level.OWNERS in levels else ()), *(ladder.leads if Level.LEADS in levels else ())]
    asked = f"\n\ncc {' '.join(_mention(person) for person in dict.fromkeys(people))}" if people else ""
    marks = "".join(level.mark for level in levels)
    return (
        f"{marks}\n**This is {late}**{what}.{asked}\n\n"
        f"Merge it, put it off (`{WORD} snooze 14d`), or accept the risk until a day by an entry under `accepted` in the bot's "
        "configuration. This is said once.\n"
    )


def together(overdue: Iterable[Overdue]) -> list[Overdue]:
    """Each pull request once, with all that is past due in it; the latest first."""
    found: dict[str, list[Overdue]] = {}
    for one in overdue:
        found.setdefault(one.pull.url, []).append(one)
    joined = [
        Overdue(
            pull=ones[0].pull,
            late_by=max(one.late_by for one in ones),
            owners=tuple(dict.fromkeys(owner for one in ones for owner in one.owners)),
            fixes=tuple(dict.fromkeys(fix for one in ones for fix in one.fixes)),
        )
        for ones in found.values()
    ]
    return sorted(joined, key=lambda one: (-one.late_by, one.pull.url))


def _mention(person: str) -> str:
    name = person if person.startswith("@") else f"@{person}"
    return name if _MENTIONABLE.fullmatch(name) else code(person)
