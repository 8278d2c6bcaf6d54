"""The comment by which a file's owner takes a pin out of the bot's hands."""

import re
from dataclasses import replace
from datetime import date
from typing import Final

from bot.find.syntax.lines import Lines
from bot.model.pin import OptOut, Pin

_COMMENT: Final = re.compile(
    r"(?:\#|//|;|--|/\*|<!--)[^\n]{0,200}?rebuild-bot:[ \t]*ignore\b"
    r"(?P<end>[ \t]+(?:until|untill|til|till|'til|through|thru)\b[ \t]*(?P<until>[0-9]{4}-[0-9]{2}-[0-9]{2}\b)?)?(?P<reason>[^\n]*)",
    re.IGNORECASE,
)
_COMMENT_ALONE: Final = re.compile(r"[ \t]*(?:\#|//|;|--|/\*|<!--)")


def with_opt_out(pin: Pin, text: str, lines: Lines, *, used_at: int | None = None) -> Pin:
    """The pin with the opt-out that stands on the line of one of its sites, or alone on the line above it.

    The comment is `rebuild-bot: ignore [until YYYY-MM-DD] [reason]`.
    `used_at` is a further line whose comments count: where the value is used.
    """
    places = {site.line for site in pin.sites if site.file is None}
    if used_at is not None:
        places.add(used_at)
    for line in sorted(places):
        opt_out = _opt_out(line_text(text, lines, line)) or _opt_out(_comment_above(text, lines, line))
        if opt_out is not None:
            return replace(pin, opt_out=opt_out)
    return pin


def line_text(text: str, lines: Lines, line: int) -> str:
    """The text of a 1-based line, without its end."""
    start = lines.start(line)
    end = text.find("\n", start)
    return text[start : end if end != -1 else len(text)].removesuffix("\r")


def _comment_above(text: str, lines: Lines, line: int) -> str:
    above = line_text(text, lines, line - 1) if line > 1 else ""
    return above if _COMMENT_ALONE.match(above) else ""


def _opt_out(line: str) -> OptOut | None:
    match = _COMMENT.search(line) if "rebuild-bot:" in line else None
    if match is None:
        return None
    reason = match["reason"].partition("-->")[0].partition("*/")[0].strip().lstrip(":-").strip()
    if match["end"] is None:
        return OptOut(reason=reason)
    try:
        return OptOut(reason=reason, until=date.fromisoformat(match["until"] or ""))
    except ValueError:
        # The owner's wish to be left alone counts; that it has no end is said.
        written = " ".join(match["end"].split())
        return OptOut(reason=f"{reason} (without an end: `{written}` names no day; write `until YYYY-MM-DD`)".strip())
