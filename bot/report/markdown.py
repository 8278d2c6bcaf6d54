"""Pieces of GitHub's Markdown, safe for text that others wrote."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape
from typing import Final

from bot.report.printable import HIDDEN

_BLANKS: Final = re.compile(rf"[\s{HIDDEN}]+")
_SIGNS: Final = re.compile(r"([\\`*_{}\[\]<>#|~!$&])")
# What GitHub turns into a mention, an issue or a link without being asked: @name, #1, GH-1, https://, www.
_REFERENCE: Final = re.compile(r"(@|#|\bGH-|:(?=//)|\bwww(?=\.))(?=[\w/.])", re.IGNORECASE)
_WEB: Final = re.compile(r"https?://[^\s()<>|\"'`\\]{1,1000}")
_MAX_CELL: Final = 160
# Not strftime's, which follow the machine's language.
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def plain(text: str, *, most: int = _MAX_CELL) -> str:
    """One line of text that stays text: no markup, no mention, no link to an issue, at most `most` characters.

    What is too long loses its middle: reasons end with what failed, and with the remedy.
    """
    line = _short(_BLANKS.sub(" ", text).strip(), most)
    return _REFERENCE.sub("\\1\N{ZERO WIDTH NON-JOINER}", _SIGNS.sub(r"\\\1", line))


def code(text: str) -> str:
    """One line as code; a pipe or backtick in it, which would end the cell or the code, is left out, and a hidden mark hides nothing."""
    line = _BLANKS.sub(" ", text).replace("`", "").replace("|", "").replace("<!--", "<\N{ZERO WIDTH NON-JOINER}!--").strip()
    return f"`{_short(line, _MAX_CELL)}`" if line else ""


def _short(line: str, most: int) -> str:
    if len(line) <= most:
        return line
    end = (most - 1) * 3 // 8
    return f"{line[: most - 1 - end].rstrip()}…{line[len(line) - end :].lstrip()}"


def html_code(text: str) -> str:
    """The same as `code`, where GitHub reads HTML: in a summary."""
    return f"<code>{escape(line)}</code>" if (line := code(text).strip("`")) else ""


def link(label: str, url: str | None) -> str:
    """A link to a web page, or the label alone where the URL is none."""
    return f"[{plain(label)}]({url})" if url and _WEB.fullmatch(url) else plain(label)


def folded(summary: str, inside: str) -> str:
    """A section that opens at a click. `summary` is HTML, `inside` Markdown."""
    return f"<details><summary>{summary}</summary>\n\n{inside.strip()}\n\n</details>\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def days(start: datetime, end: datetime) -> str:
    """The time between in whole days, unbroken in a narrow cell: `1 day`, `12 days`."""
    return number_of((end - start).days, "day").replace(" ", "\N{NO-BREAK SPACE}")


def day(moment: datetime, now: datetime) -> str:
    """`23 Sep`, with the year where it is not this one."""
    name = f"{moment.day} {_MONTHS[moment.month - 1]}" + (f" {moment.year}" if moment.year != now.year else "")
    return name.replace(" ", "\N{NO-BREAK SPACE}")


def number_of(count: int, noun: str) -> str:
    """`1 app`, `12 apps`, `3 dependencies`, `5 fixes`."""
    if count == 1:
        return f"{count} {noun}"
    takes_ies = noun.endswith("y") and not noun.endswith(("ay", "ey", "oy"))
    takes_ies = noun.endswith("y") and not noun.endswith(("ay", "ey", "oy"))
    plural = f"{noun[:-1]}ies" if takes_ies else f"{noun}es" if noun.endswith("x") else f"{noun}s"
    return f"{count} {plural}"
