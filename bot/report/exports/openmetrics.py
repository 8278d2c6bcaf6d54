"""The fleet in numbers, as OpenMetrics 1.0 text: for Prometheus' textfile collector, or a scrape of the published file."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

from bot.model.exposure import Exposure
from bot.report.app_state import AppState, state_of
from bot.report.began import began_at
from bot.report.board import Board
from bot.report.export import WAITING_FOR
from bot.report.lived import NOBODY, Took, by_owner, times
from bot.report.printable import printable
from bot.report.weekly_rows import NO_KNOWN_HOLE, closes_no_known_hole

SINCE: Final = timedelta(days=90)
"""So far back are steps counted."""
_MOST_CHARACTERS: Final = 200
"""Of one label's value."""
_Key = TypeVar("_Key", bound=tuple[str, ...])
_Sample = tuple[Mapping[str, str], float]


def openmetrics(board: Board) -> str:
    """All metrics, the same for the same board. A number that is not known is left out, and never 0."""
    lines: list[str] = []
    for name, said, samples in _families(board):
        lines += [f"# TYPE {name} gauge", f"# HELP {name} {said}", *(_line(name, *sample) for sample in samples)]
    return "\n".join([*lines, "# EOF", ""])


def _families(board: Board) -> Iterator[tuple[str, str, Sequence[_Sample]]]:
    owners = {look.app.key: look.app.owners[0] if look.app.owners else NOBODY for look in board.looks}
    states = Counter((owners[look.app.key], state_of(board, look).value) for look in board.looks)
    yield "rebuild_bot_apps", "Apps by the owner and how they stand; no state says that an app is safe.", _counted(states, "owner", "state")
    open_ = Counter((owners.get(one.app.key, NOBODY), *_exposure(one, board.now)) for one in board.exposures)
    labels = ("owner", "severity", "waiting_for", "stale", "exploited")
    yield "rebuild_bot_exposures", "Updates that apps have not taken.", _counted(open_, *labels)
    yield "rebuild_bot_oldest_exposure_days", "Days since the longest open exposure of an owner was detected.", _oldest(board)
    yield "rebuild_bot_fix_days", f"Days from the detection to a step, of steps of the last {SINCE.days} days.", list(_times(board))
    yield "rebuild_bot_not_looked_at", "Repos, registries and requests that failed, or that a limit left for later.", list(_gaps(board))
    ends = Counter((_end(state.days_left(board.now.date())),) for state in board.bases)
    yield "rebuild_bot_images", "Images in use by the end of their operating system.", _counted(ends, "end")
    yield "rebuild_bot_report_timestamp_seconds", "When this was written.", _moment(board.now)
    yield "rebuild_bot_last_run_timestamp_seconds", "When the whole fleet was last gone through.", _moment(board.last_run)


def _exposure(one: Exposure, now: datetime) -> tuple[str, str, str, str]:
    stale = "not known" if one.is_unsure and not one.is_accepted(now) else "yes" if one.is_stale(now) else "no"
    severity = NO_KNOWN_HOLE if closes_no_known_hole(one) else one.severity.value
    return severity, WAITING_FOR[one.waiting_for], stale, "yes" if one.is_exploited else "not known to be"


def _counted(counts: Counter[_Key], *names: str) -> Sequence[_Sample]:
    return [(dict(zip(names, of, strict=True)), float(count)) for of, count in sorted(counts.items())]


def _moment(at: datetime | None) -> Sequence[_Sample]:
    """None where it is not known."""
    return [] if at is None else [({}, at.timestamp())]


def _oldest(board: Board) -> Sequence[_Sample]:
    began: dict[str, datetime] = {}
    for one in board.exposures:
        owner = one.app.owners[0] if one.app.owners else NOBODY
        at = began_at(one)
        if at is not None:
            began[owner] = min(at, began.get(owner, at))
    return [({"owner": owner}, float((board.now - at).days)) for owner, at in sorted(began.items())]


def _times(board: Board) -> Iterator[_Sample]:
    for owner, lived in sorted(by_owner(board.lived, board.looks).items()):
        took = times(lived, since=board.now - SINCE)
        for step, one in (("merged", took.merge), ("rebuilt", took.rebuild), ("production", took.production)):
            yield from _quantiles({"owner": owner, "step": step}, one)


def _quantiles(labels: Mapping[str, str], took: Took | None) -> Iterator[_Sample]:
    if took is not None:
        yield {**labels, "percentile": "50"}, took.half / timedelta(days=1)
        yield {**labels, "percentile": "90"}, took.most / timedelta(days=1)


def _gaps(board: Board) -> Iterator[_Sample]:
    later = sum(one.resumes_at is not None for one in board.failures)
    yield {"kind": "failed"}, len(board.failures) - later
    yield {"kind": "not reached"}, later
    yield {"kind": "image not opened"}, sum(bool(state.problem) for state in board.bases)
    yield {"kind": "app not known"}, sum(state_of(board, look) is AppState.NOT_KNOWN for look in board.looks)


def _end(days: int | None) -> str:
    if days is None:
        return "not known"
    return "past" if days < 0 else "within 90 days" if days <= 90 else "later"  # noqa: PLR2004 - said in the word


def _line(name: str, labels: Mapping[str, str], value: float) -> str:
    told = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
    number = f"{value:.10g}" if math.isfinite(value) else "NaN"
    return f"{name}{{{told}}} {number}" if told else f"{name} {number}"


def _escaped(text: str) -> str:
    """OpenMetrics 1.0, "ABNF", escaped-string."""
    return printable(text)[:_MOST_CHARACTERS].replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
