"""The first page: how many, how bad, what is worst, whom to ask."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bot.model.exposure import Step
from bot.model.severity import Severity
from bot.model.trend import Trend
from bot.report.app_state import AppState, state_of
from bot.report.began import began_at
from bot.report.board import Board
from bot.report.markdown import number_of
from bot.report.site.bar import Bar
from bot.report.site.links import app_page, filtered
from bot.report.site.pages import unseen, words
from bot.report.site.table import Cell, Column, Kind, Linked, Table, day, text
from bot.report.weekly_rows import closes_no_known_hole, unsure_words, worst_first

_WORST = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One figure."""

    number: int
    label: str
    note: str
    href: str
    mood: str = ""
    """A class of the style sheet: `bad`, `unsure`."""


def tiles(board: Board) -> Sequence[Tile]:
    states = Counter(state_of(board, look) for look in board.looks)
    stale, exposed = states[AppState.STALE], states[AppState.STALE] + states[AppState.EXPOSED]
    by_severity = Counter(one.severity for one in board.exposures)
    exploited = sum(one.is_exploited for one in board.exposures)
    critical, unrated = by_severity[Severity.CRITICAL], by_severity[Severity.UNKNOWN] - sum(map(closes_no_known_hole, board.exposures))
    gaps = len(unseen.unseen_table(board).rows)
    orphans = sum(not look.app.owners for look in board.looks)
    return (
        Tile(
            number=exposed, label="apps exposed", note=f"of {len(board.looks):,} looked at", href="apps.html", mood="bad" if exposed else ""
        ),
        Tile(
            number=stale,
            label="apps stale",
            note="past the day that severity and criticality allow",
            href=filtered("apps.html", "State", "stale"),
            mood=_bad(stale),
        ),
        Tile(
            number=critical,
            label="critical updates not taken",
            note=f"{exploited:,} of all not taken known to be exploited",
            href=filtered("updates.html", "Severity", "critical"),
            mood=_bad(critical),
        ),
        Tile(
            number=unrated,
            label="updates of unknown severity",
            note="nobody rated what they close, or it could not be checked",
            href=filtered("updates.html", "Severity", "unknown"),
            mood=_unsure(unrated),
        ),
        Tile(number=gaps, label="not looked at", note="repos, images, pins", href="unseen.html", mood=_unsure(gaps)),
        Tile(
            number=orphans,
            label="apps without an owner",
            note="nobody to ask",
            href="unseen.html#orphans",
            mood=_unsure(orphans),
        ),
    )


def _bad(count: int) -> str:
    return "bad" if count else ""


def _unsure(count: int) -> str:
    return "unsure" if count else ""


def verdict(board: Board) -> str:
    """One sentence: what a lead takes away."""
    states = Counter(state_of(board, look) for look in board.looks)
    stale, exposed = states[AppState.STALE], states[AppState.STALE] + states[AppState.EXPOSED]
    if not board.looks:
        return "No app was found: nothing is known."
    besides = f" {unsure_words(board.unsure)}." if board.unsure else ""
    if not exposed:
        is_whole = not (board.failures or states[AppState.NOT_KNOWN] or board.is_late or board.unsure)
        none = "No app is behind, by what was looked at." if is_whole else "No app is known to be behind; not all could be looked at."
        return none + besides
    first = f"{number_of(stale, 'app')} {'is' if stale == 1 else 'are'} stale, " if stale else ""
    return f"{first}{number_of(exposed, 'app')} {'has' if exposed == 1 else 'have'} not taken all updates.{besides}"


def worst_table(board: Board) -> Table:
    """The dozen that need somebody first."""
    columns = (
        Column(title="App"),
        Column(title="Owner"),
        Column(title="Of"),
        Column(title="From → to", kind=Kind.STEP),
        Column(title="Severity", kind=Kind.SEVERITY),
        Column(title="Since", kind=Kind.DAY),
        Column(title="Days over", kind=Kind.NUMBER),
        Column(title="Stuck at"),
    )
    ordered = sorted(board.exposures, key=worst_first(board.now))[:_WORST]
    rows: list[tuple[Cell, ...]] = [
        (
            Linked(text(one.app.name), app_page(one.app.key)),
            words.owner_cell(one.app.owners),
            text(words.name_of(one.dependency)),
            words.step_to(one.old, one.new),
            words.severity_of([one]),
            day(began_at(one)),
            words.days_over(one, board.now),
            words.stuck(one, board.now),
        )
        for one in ordered
    ]
    return Table(id="worst", name="Worst first", columns=columns, rows=rows, none="No app is known to be behind.")


def stuck_bars(board: Board) -> Sequence[Bar]:
    """For what updates wait, in the order of the chain, each with those rows."""
    counts = Counter(one.waiting_for for one in board.exposures)
    return [
        Bar(
            name=words.WAITING_FOR[step],
            count=counts[step],
            of=len(board.exposures),
            href=filtered("updates.html", "Waits for", words.WAITING_FOR[step]),
        )
        for step in Step
        if counts[step]
    ]


def trend_line(trend: Trend) -> str:
    """Against a week ago."""
    if not trend.points or trend.week_ago is None:
        begins = f": the record begins on {day(trend.begins_at)}" if trend.begins_at else ""
        return f"How that is against a week ago is not known{begins}."
    here, then = trend.points[-1], trend.week_ago
    apps = f"apps with a stale fix {_against(here.stale_apps, then.stale_apps)}"
    return f"Against a week ago: stale fixes {_against(here.stale, then.stale)}, {apps}, fixes not taken {_against(here.open, then.open)}."


def _against(now: int, then: int) -> str:
    """Readable without colour: `7 → 5 (▼ 2)`."""
    if now == then:
        return f"{now:,} as before"
    return f"{then:,} → {now:,} ({'▼' if now < then else '▲'} {abs(now - then):,})"
