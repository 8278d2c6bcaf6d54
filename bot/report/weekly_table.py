"""What the weekly issue tells of each fix, in plain words for a terminal."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.model.exposure import Exposure
from bot.report import weekly_rows

_MARKDOWN: Final = MarkdownIt("commonmark")
_OWNERS: Final = 3


def exposure_rows(exposures: Iterable[Exposure], now: datetime) -> Iterator[dict[str, object]]:
    """One for each app and fix, the worst first; a link is followed by its address."""
    for one in sorted(exposures, key=weekly_rows.worst_first(now)):
        yield {
            "app": one.app.name,
            "owner": " ".join(one.app.owners[:_OWNERS]) or "nobody",
            "fix": _words(weekly_rows.change(one.dependency, one.old, one.new)),
            "severity": _words(weekly_rows.severity(one)).removeprefix("severity "),
            "over_due": _over_due(one, now),
            "stuck": _words(weekly_rows.stuck(one, now)),
            "unblock": _words(weekly_rows.unblock(one)),
        }


def in_words(one: Exposure, now: datetime) -> str:
    """Where it is stuck and what would help, as the weekly issue has it, without addresses: other outputs say the same."""
    return "; ".join(filter(None, (stuck_in_words(one, now), unblock_in_words(one))))


def stuck_in_words(one: Exposure, now: datetime) -> str:
    return _without_addresses(weekly_rows.stuck(one, now))


def unblock_in_words(one: Exposure) -> str:
    return _without_addresses(weekly_rows.unblock(one))


def _over_due(one: Exposure, now: datetime) -> str:
    if one.accepted is not None and one.is_accepted(now):
        return f"accepted until {one.accepted.until}"
    return _words(weekly_rows.due(one, now))


def _words(cell: str) -> str:
    """A cell of Markdown as it reads, each link followed by its address."""
    return _plain("".join(_read(_tokens(cell))))


def _without_addresses(cell: str) -> str:
    return _plain("".join(token.content for token in _tokens(cell)))


def _tokens(cell: str) -> Sequence[Token]:
    (line,) = _MARKDOWN.parseInline(cell)
    return line.children or ()


def _plain(text: str) -> str:
    return text.replace("\N{ZERO WIDTH NON-JOINER}", "").replace("\N{NO-BREAK SPACE}", " ")


def _read(tokens: Iterable[Token]) -> Iterator[str]:
    address = ""
    for token in tokens:
        if token.type == "link_open":
            address = str(token.attrGet("href") or "")
        elif token.type == "link_close":
            yield f" {address}"
        else:
            yield token.content
