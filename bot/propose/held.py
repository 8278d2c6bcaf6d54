"""What the bot keeps back and what it noticed, one line each."""

from collections.abc import Collection, Iterator, Sequence
from itertools import takewhile
from typing import Final

from bot.model.update import REMARKS, Candidate, Decision, Frozen, Hold, NotAllowed, Undecidable, Unknown, last_day
from bot.propose.markdown import Markdown, code, escape
from bot.propose.naming import short_name
from bot.versions.ranking import Relation

_CHOSEN: Final = "chosen"
_NO_CHOICE: Final = frozenset(relation.value for relation in Relation) | REMARKS
"""Values that were never in question: older, on another line, no versions; and what is said of the value in use."""


def held_lines(decisions: Sequence[Decision]) -> list[Markdown]:
    """Each thing that is held, can't be decided or was passed over, once, in the order of the decisions."""
    return list(dict.fromkeys(line for decision in decisions for line in _lines(decision)))


def noticed_lines(decisions: Sequence[Decision], *, told: Collection[str] = ()) -> list[Markdown]:
    """What is wrong with what the pins have now, each thing once; without the publishers' warnings that are told already."""
    pairs = ((decision.pin, remark) for decision in decisions for remark in decision.remarks)
    lines = (
        f"{code(pin.name)} in {code(f'{pin.file}:{pin.line}')}: {escape(remark.reason)}"
        for pin, remark in pairs
        if not (remark.verdict == "deprecated" and any(remark.reason.endswith(warning) for warning in told))
    )
    return list(dict.fromkeys(map(Markdown, lines)))


def _lines(decision: Decision) -> Iterator[Markdown]:
    match decision.verdict:
        case Hold(update=update, reason=reason, until=until) | NotAllowed(update=update, reason=reason, until=until):
            end = f", until {last_day(until).isoformat()}" if until else ""
            yield Markdown(f"{code(short_name(update))} {code(update.release.value)}: {escape(reason)}{end}")
            return
        case Undecidable(reason=reason) | Unknown(reason=reason) | Frozen(reason=reason):
            yield Markdown(f"{code(decision.pin.name)} in {code(f'{decision.pin.file}:{decision.pin.line}')}: {escape(reason)}")
            return
        case _:
            pass
    yield from _passed_over(decision)


def _passed_over(decision: Decision) -> Iterator[Markdown]:
    """The newest value that was passed over for each reason, and how many more there are."""
    newer = takewhile(lambda candidate: candidate.verdict != _CHOSEN, decision.candidates)
    by_verdict: dict[str, list[Candidate]] = {}
    for candidate in newer:
        if candidate.verdict not in _NO_CHOICE:
            by_verdict.setdefault(candidate.verdict, []).append(candidate)
    for first, *others in by_verdict.values():
        more = f" (and {len(others)} more)" if others else ""
        yield Markdown(f"{code(decision.pin.name)} {code(first.value)}{more}: {escape(first.reason)}")
