"""The weeks before: each is kept as a comment below the issue, and linked in its body."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from bot.report.markdown import link
from bot.report.weekly_pages import Comment

_WRITTEN: Final = "<!-- rebuild-bot:weekly-issue:written:{} -->"
_KEPT: Final = "<!-- rebuild-bot:weekly-issue:week:{} -->"
_WEEK: Final = r"[0-9]{4}-W[0-9]{2}"
_OF_BODY: Final = re.compile(re.escape(_WRITTEN).replace(r"\{\}", f"({_WEEK})"))
_OF_COMMENT: Final = re.compile(re.escape(_KEPT).replace(r"\{\}", f"({_WEEK})"))
_MAX_LINKED: Final = 12
_MAX_LINES: Final = 60
_LONGEST_LINE: Final = 1_500
# A week that is told again tells nobody again.
_MENTION: Final = re.compile(r"(?<![`>\w/])@(?=\w)")


def week(now: datetime) -> str:
    """By ISO 8601: `2026-W48`."""
    year, number, _ = now.isocalendar()
    return f"{year}-W{number:02}"


def written_in(now: datetime) -> str:
    """The line of a body that says in which week it was written."""
    return _WRITTEN.format(week(now))


def kept(body: str, now: datetime) -> Comment | None:
    """A week's issue in short, as a comment, where `body` was written in another week than this; None: there is nothing to keep."""
    found = _OF_BODY.search(body)
    if found is None or found[1] == week(now):
        return None
    marker = _KEPT.format(found[1])
    lines = [_MENTION.sub("@\N{ZERO WIDTH NON-JOINER}", line[:_LONGEST_LINE]) for line in _in_short(body)]
    return Comment(marker=marker, body="\n".join([marker, f"**Week {found[1]}**, as it read last:\n", *lines[:_MAX_LINES]]) + "\n")


def _in_short(body: str) -> Iterable[str]:
    """The head, what changed, and each owner's heading as a line of a list."""
    for line in body.replace("\r\n", "\n").split("\n"):
        if line.startswith("<details>"):
            return
        if line.startswith("- **"):
            yield line
        elif line.startswith("### "):
            yield f"- {line.removeprefix('### ')}"


def earlier(comments: Sequence[tuple[str, str]]) -> str:
    """The last line of a body: links to the weeks before, by the texts and addresses of the comments; empty: there is none."""
    weeks = {found[1]: url for body, url in comments if (found := _OF_COMMENT.match(body)) is not None}
    newest = sorted(weeks, reverse=True)
    linked = ", ".join(link(name, weeks[name]) for name in newest[:_MAX_LINKED])
    more = f" and {len(newest) - _MAX_LINKED} before" if len(newest) > _MAX_LINKED else ""
    return f"\n**Weeks before:** {linked}{more}\n" if newest else ""
