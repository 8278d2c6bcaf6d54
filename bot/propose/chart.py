"""What a pull request says of a chart: what can break its install first, then its defaults and what its publisher writes, folded."""

from collections.abc import Iterator, Sequence
from typing import Final

from bot.model.chart import Change, ChartEntry, ChartMove, ChartStep, ValueChange
from bot.model.update import Update
from bot.propose.contents import Fold, table
from bot.propose.markdown import Markdown, code, escape, link

_NONE: Final = Markdown("")
_FEW: Final = 4
_MOST_VERSIONS: Final = 20
_MOST_ENTRIES: Final = 20
"""Of one version."""


def chart_lines(update: Update, chart: ChartStep) -> Iterator[Markdown]:
    """One line for each thing that changes, what can break something first."""
    old, new = chart.kube_version
    if new and old != new:
        before = f" (it was {code(old)})" if old else ""
        yield Markdown(f"⚠️ **It asks for Kubernetes {code(new)} from now on{before}**")
    if chart.is_deprecated and not update.release.deprecation:
        yield Markdown("⚠️ **Its publisher calls the chart deprecated**")
    gone = [change for change in chart.values if change.change is Change.REMOVED]
    if gone:
        yield Markdown(f"⚠️ **{_gone(gone)}**")
    if all(chart.app_version) and chart.app_version[0] != chart.app_version[1]:
        yield Markdown(f"Installs {code(chart.app_version[1])} (it was {code(chart.app_version[0])}, says appVersion)")
    yield from (Markdown(f"Image {_move(move)}") for move in chart.images[:_FEW])
    if len(chart.images) > _FEW:
        yield Markdown(f"and {len(chart.images) - _FEW} more of its images")
    yield from (Markdown(f"Depends on {_move(move)}") for move in chart.dependencies[:_FEW])
    if len(chart.dependencies) > _FEW:
        yield Markdown(f"and {len(chart.dependencies) - _FEW} more of its dependencies")
    yield from (Markdown(f"Not compared: {escape(gap)}") for gap in chart.not_compared)


def chart_folds(chart: ChartStep | None, *, most: int) -> tuple[Fold, ...]:
    """Defaults, images and dependencies, and what the publisher says of each version; at most so many rows of each."""
    if chart is None or not most:
        return ()
    moved = [("image", move) for move in chart.images] + [("chart", move) for move in chart.dependencies]
    folds = (
        Fold(
            heading=f"Defaults that change ({_summary(chart.values)})",
            table=table(("", "Value", "Old", "New"), [_value(change) for change in chart.values], most),
        ),
        Fold(
            heading=f"Images and dependencies of the chart ({len(moved)})",
            table=table(("", "", "Name", "Old", "New"), [_row(what, move) for what, move in moved], most) if len(moved) > _FEW else _NONE,
        ),
        Fold(heading=f"Changes, as the chart tells them ({len(chart.versions)})", table=_NONE, notes=tuple(_said(chart))[:most]),
    )
    return tuple(fold for fold in folds if fold.table or fold.notes)


def _said(chart: ChartStep) -> Iterator[Markdown]:
    for one in chart.versions[:_MOST_VERSIONS]:
        yield from (_entry(one.version, entry) for entry in one.entries[:_MOST_ENTRIES])
        if len(one.entries) > _MOST_ENTRIES:
            yield Markdown(f"{code(one.version)}: and {len(one.entries) - _MOST_ENTRIES} more")


def _entry(version: str, entry: ChartEntry) -> Markdown:
    kind = f"{escape(entry.kind)}: " if entry.kind else ""
    links = ", ".join(link(escape(name), url) for name, url in entry.links)
    return Markdown(f"{code(version)}: {kind}{escape(entry.description)}{f' ({links})' if links else ''}")


def _move(move: ChartMove) -> Markdown:
    match move.change:
        case Change.CHANGED:
            return Markdown(f"{code(move.name)}: {code(move.old)} → {code(move.new)}")
        case Change.ADDED:
            return Markdown(f"{code(move.name)}: {code(move.new)} is new")
        case Change.REMOVED:
            return Markdown(f"{code(move.name)}: {code(move.old)} is gone")


def _row(what: str, move: ChartMove) -> tuple[Markdown, ...]:
    return (escape(move.change.value), escape(what), code(move.name), code(move.old), code(move.new))


def _value(change: ValueChange) -> tuple[Markdown, ...]:
    if change.count > 1:
        below = escape(f"{change.count} values")
        old, new = (below, _NONE) if change.change is Change.REMOVED else (_NONE, below)
        return (escape(change.change.value), code(change.key), old, new)
    return (escape(change.change.value), code(change.key), code(change.old), code(change.new))


def _summary(changes: Sequence[ValueChange]) -> str:
    """`2 removed, 1 changed, 30 added`."""
    order = (Change.REMOVED, Change.CHANGED, Change.ADDED)
    counts = [(_count([one for one in changes if one.change is change]), change) for change in order]
    return ", ".join(f"{count} {change.value}" for count, change in counts if count)


def _count(changes: Sequence[ValueChange]) -> int:
    return sum(change.count for change in changes)


def _gone(changes: Sequence[ValueChange]) -> Markdown:
    """`2 values (a.b, c) are gone from its defaults`."""
    names = ", ".join([*(code(change.key) for change in changes[:_FEW]), *(["…"] if len(changes) > _FEW else [])])
    count = _count(changes)
    if count == 1:
        return Markdown(f"A value ({names}) is gone from its defaults: setting it may have no effect any more")
    return Markdown(f"{count} values ({names}) are gone from its defaults: setting them may have no effect any more")
