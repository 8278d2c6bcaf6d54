"""One app: whose it is, the way of each fix, what it took, what it refuses, what it stands on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.model.exposure import Exposure
from bot.model.fleet import App
from bot.report.app_state import state_of
from bot.report.board import Board
from bot.report.lived import NOBODY
from bot.report.look import Look
from bot.report.site.chain import ChainLink, chain
from bot.report.site.links import filtered, web
from bot.report.site.pages import words
from bot.report.site.table import Column, Kind, Linked, Table, day, text
from bot.report.weekly_rows import worst_first
from bot.report.weekly_table import unblock_in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One fix that the app has not taken."""

    name: str
    step: str
    severity: str
    closes: str
    is_exploited: bool
    due: str | None
    days_over: int | None
    unblock: str
    accepted: str
    links: Sequence[ChainLink]


def app_values(board: Board, look: Look, repo_url: str) -> dict[str, Any]:
    """For the page's template. `repo_url` is what stands before `owner/name` in addresses; empty: there is none."""
    app = look.app
    exposures = sorted(board.exposures_of.get(app.key, ()), key=worst_first(board.now))
    return {
        "look": look,
        "state": state_of(board, look).value,
        "facts": _facts(look),
        "repo_href": web(f"{repo_url}/{app.repo}") if repo_url else None,
        "ways": [_way(one, board) for one in exposures],
        "tables": [_moved(board, look), _kept_back(board, look), _uses(look)],
    }


def _facts(look: Look) -> Sequence[tuple[str, str | Linked, str]]:
    """Name, value, and whose word it is."""
    app = look.app
    owner: str | Linked = NOBODY
    if app.owners:
        first = text(app.owners[0])
        owner = Linked(", ".join(map(text, app.owners)), filtered("apps.html", "Owner", first))
    said = (
        ("Product owner", text(app.product_owner), text(app.product_owner_reason)),
        ("Part of", text(app.system), "its catalogue" if app.system else ""),
    )
    return (
        ("Owner", owner, text(app.owners_reason)),
        *(fact for fact in said if fact[1] or fact[2]),
        ("Phase", app.phase.value, text(app.phase_reason)),
        ("Criticality", app.criticality.value, text(app.criticality_reason) or "nobody says; taken as such"),
        ("Publishes", text(", ".join(app.images)) or "no image that is known", _attested(app)),
    )


def _attested(app: App) -> str:
    """Whose word it is that it publishes some of them."""
    if not app.attested_images:
        return ""
    return f"GitHub's attestations alone tell of {text(', '.join(app.attested_images))}; their signatures are not checked"


def _way(one: Exposure, board: Board) -> Way:
    over = words.days_over(one, board.now)
    return Way(
        name=text(words.name_of(one.dependency)),
        step=words.step_to(one.old, one.new),
        severity=words.severity_of([one]),
        closes=text(one.closes),
        is_exploited=one.is_exploited,
        due=day(one.due),
        days_over=over if isinstance(over, int) else None,
        unblock=text(unblock_in_words(one)),
        accepted=text(words.acceptance(one, board.now)),
        links=chain(one, board.now),
    )


def _moved(board: Board, look: Look) -> Table:
    columns = (
        Column(title="Of"),
        Column(title="From"),
        Column(title="To"),
        Column(title="When", kind=Kind.DAY),
        Column(title="Waited", kind=Kind.DAYS),
        Column(title="By"),
    )
    rows = [
        (
            text(words.name_of(one.dependency)),
            text(one.old),
            text(one.new) or None,
            day(one.at),
            None if one.waited_since is None else max((one.at - one.waited_since).days, 0),
            Linked("pull request", web(one.pull_request_url)) if one.pull_request_url else "another way",
        )
        for one in board.moved_of.get(look.app.key, ())
    ]
    return Table(id="moved", name="Taken since last week", columns=columns, rows=rows, none="Nothing that the bot knows of.")


def _kept_back(board: Board, look: Look) -> Table:
    columns = (
        Column(title="Of"),
        Column(title="From"),
        Column(title="To"),
        Column(title="By"),
        Column(title="Why"),
        Column(title="Until", kind=Kind.DAY),
    )
    rows = [
        (
            text(words.name_of(one.dependency)),
            text(one.old),
            text(one.new),
            "its owner" if one.is_opt_out else "a rule",
            text(one.reason),
            day(one.until) or "",
        )
        for one in board.kept_back_of.get(look.app.key, ())
    ]
    return Table(id="kept-back", name="Refused", columns=columns, rows=rows, none="Nothing is refused by its owner or a rule.")


def _uses(look: Look) -> Table:
    columns = (
        Column(title="What"),
        Column(title="At"),
        Column(title="File"),
        Column(title="Line", kind=Kind.NUMBER),
        Column(title="Stage"),
    )
    rows = [
        (text(words.name_of(use.dependency)), text(use.value) or "no value written", text(use.file), use.line, text(use.stage))
        for use in look.uses
    ]
    return Table(id="uses", name="Stands on", columns=columns, rows=rows, none="No pin was found in its files.")
