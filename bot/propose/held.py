"""What the bot keeps back, one line each."""

from collections.abc import Iterator, Sequence
from typing import Final

from bot.model.update import Decision, Hold, Undecidable, Unknown
from bot.propose.markdown import Markdown, code, escape
from bot.propose.naming import short_name

_PASSED_OVER: Final = frozenset({"held", "not allowed", "prerelease"})
_MOST_CANDIDATES: Final = 3


def held_lines(decisions: Sequence[Decision]) -> list[Markdown]:
    """Each thing that is held, can't be decided or was passed over, once, in the order of the decisions."""
    return list(dict.fromkeys(line for decision in decisions for line in _lines(decision)))


def _lines(decision: Decision) -> Iterator[Markdown]:
    match decision.verdict:
        case Hold(update=update, reason=reason, until=until):
            end = f", until {until.date().isoformat()}" if until else ""
            yield Markdown(f"{code(short_name(update))} {code(update.release.value)}: {escape(reason)}{end}")
            return
        case Undecidable(reason=reason) | Unknown(reason=reason):
            yield Markdown(f"{code(decision.pin.name)} in {code(f'{decision.pin.file}:{decision.pin.line}')}: {escape(reason)}")
            return
        case _:
            pass
    passed_over = [candidate for candidate in decision.candidates if candidate.verdict in _PASSED_OVER][:_MOST_CANDIDATES]
    for candidate in passed_over:
        yield Markdown(f"{code(decision.pin.name)} {code(candidate.value)}: {escape(candidate.reason)}")
