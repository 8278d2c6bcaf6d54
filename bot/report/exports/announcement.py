"""A few lines for a chat: what a lead reads before deciding to look."""

from collections import Counter
from typing import Any, Final

from bot.model.exposure import Exposure
from bot.report.app_state import state_of
from bot.report.board import Board
from bot.report.markdown import number_of
from bot.report.printable import printable
from bot.report.weekly_rows import NO_KNOWN_HOLE, closes_no_known_hole, unsure_words, worst_first

_WORST: Final = 5
_MOST_CHARACTERS: Final = 120
"""Of one text of others."""
_BREAK: Final = "\N{ZERO WIDTH NON-JOINER}"


def announcement(board: Board, *, issue_url: str = "", dashboard_url: str = "") -> dict[str, Any]:
    """What incoming webhooks of Slack take, and Mattermost, Rocket.Chat and Discord's `/slack` as well: one text.

    Nobody is mentioned by it, and no name of others is markup. (Slack, "Formatting text for app surfaces": `&`, `<` and `>`.)
    """
    states = Counter(state_of(board, look) for look in board.looks)
    behind = sum(count for state, count in states.items() if state.is_behind)
    stale = sorted((one for one in board.exposures if one.is_stale(board.now)), key=worst_first(board.now))
    apps = len({one.app.key for one in stale})
    gaps = len(board.failures)
    lines = [
        f"*{number_of(apps, 'app')} {'is' if apps == 1 else 'are'} stale*, {behind} of {number_of(len(board.looks), 'app')} behind.",
        f"{unsure_words(board.unsure)}." if board.unsure else "",
        f"Not looked at: {number_of(gaps, 'place')}." if gaps else "",
        *(
            f"• {_text(one.app.name)}: {_text(one.dependency.partition(': ')[2] or one.dependency)} {_text(one.old)} → {_text(one.new)}, "
            f"{_how_bad(one)}, due {one.due:%Y-%m-%d}"
            for one in stale[:_WORST]
        ),
        f"… and {len(stale) - _WORST} more" if len(stale) > _WORST else "",
        " · ".join(f"<{url}|{name}>" for name, url in (("Issue", issue_url), ("Dashboard", dashboard_url)) if _is_plain(url)),
    ]
    return {"text": "\n".join(filter(None, lines))}


def _how_bad(one: Exposure) -> str:
    severity = NO_KNOWN_HOLE if closes_no_known_hole(one) else one.severity.value
    return f"{severity}{', exploited' if one.is_exploited else ''}"


def _is_plain(url: str) -> bool:
    return url.startswith(("https://", "http://")) and not set(url) & set("<>| \n")


def _text(value: str) -> str:
    """One line that is no markup, no link and no mention anywhere."""
    shown = printable(value)
    shown = shown if len(shown) <= _MOST_CHARACTERS else f"{shown[: _MOST_CHARACTERS - 1]}…"
    for sign, told in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        shown = shown.replace(sign, told)
    for sign in "@#*_~`[":
        shown = shown.replace(sign, f"{sign}{_BREAK}")
    return shown.replace("://", f":{_BREAK}//")
