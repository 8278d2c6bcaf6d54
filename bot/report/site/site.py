"""The board -> every file of the site."""

import json
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from bot.report.board import Board
from bot.report.exports.files import data_files
from bot.report.markdown import number_of
from bot.report.reach import unclear
from bot.report.site.chart import trend_chart
from bot.report.site.links import app_page
from bot.report.site.pages import apps, bases, ends, overview, owners, stages, standing, unseen, updates, words
from bot.report.site.pages.app import app_values
from bot.report.site.table import Table, text

PAGES: Final = (
    ("Overview", "index.html"),
    ("Apps", "apps.html"),
    ("Updates", "updates.html"),
    ("Owners", "owners.html"),
    ("Bases", "bases.html"),
    ("Catalogue", "catalogue.html"),
    ("Stages", "stages.html"),
    ("Ends", "ends.html"),
    ("Not looked at", "unseen.html"),
)
_ASSETS: Final = ("site.css", "site.js", "charts.js", "icon.svg", "chartjs/chart.umd.min.js", "chartjs/LICENSE.md")


_STAGES: Final = (
    "What runs, or is written to run, where, by whose word and of what day. A gap that is not known to be one has the reason beside it."
)


def site_files(board: Board) -> Iterator[tuple[str, bytes]]:
    """Each file's path below the top of the site, with `/` between its parts, and its bytes. The same for the same board."""
    page = _Pages(board)
    yield page.of("index.html", "index.html", "Overview", **_overview(board))
    yield page.tables("apps.html", "Apps", apps.apps_table(board))
    yield page.tables("updates.html", "Updates not taken", updates.updates_table(board), updates.accepted_table(board))
    yield page.tables("unseen.html", "Not looked at", unseen.unseen_table(board), unseen.orphans_table(board))
    yield page.of("owners.html", "owners.html", "Owners", **_owners(board))
    yield page.tables("bases.html", "What the fleet stands on", bases.bases_table(board.reaches), lead=_bases_lead(board))
    yield page.tables("catalogue.html", "Which bases, and which few would do", *standing.tables(board), lead=standing.lead(board))
    for reach in board.reaches:
        path, title = bases.base_page(reach.dependency), text(words.name_of(reach.dependency))
        yield page.of(path, "base.html", title, **bases.base_values(board, reach))
    yield page.tables("stages.html", "Stages", stages.gaps_table(board), stages.deployed_table(board), lead=_STAGES)
    yield page.of("ends.html", "ends.html", "Ends of operating systems", **_ends(board))
    for look in board.looks:
        where = look.app.key if look.app.path.parts else look.app.repo
        yield page.of(app_page(look.app.key), "app.html", text(look.app.name), repo=text(where), **app_values(board, look, board.web_url))
    yield from data_files(board)
    for name in _ASSETS:
        yield f"assets/{name}", (resources.files("bot.report.site") / "assets" / name).read_bytes()


def _overview(board: Board) -> dict[str, Any]:
    worst = overview.worst_table(board)
    total = len(board.exposures)
    return {
        "verdict": overview.verdict(board),
        "tiles": overview.tiles(board),
        "worst": worst,
        "total": total,
        "more": total > len(worst.rows),
        "trend": overview.trend_line(board.trend),
        "stuck": overview.stuck_bars(board),
        "chart": trend_chart(board.trend),
        "times": owners.fleet_times(board),
    }


def _owners(board: Board) -> dict[str, Any]:
    tables = (owners.owners_table(board), owners.times_table(board))
    return {"chart": owners.times_chart(board), "tables": tables, "days": owners.SINCE.days}


def _bases_lead(board: Board) -> str:
    count = len(unclear(board.looks))
    lead = "How many apps a base, a chart or an action is in, and at how many versions. An app counts once."
    doubt = f" {number_of(count, 'app')} with images of several bases: what stands on those images is not counted through them."
    return lead + (doubt if count else "")


def _ends(board: Board) -> dict[str, Any]:
    return {
        "months": ends.calendar(board),
        "unknown": ends.unknown_ends(board),
        "images": len(board.bases),
        "table": ends.ends_table(board),
    }


class _Pages:
    """Fills the templates."""

    def __init__(self, board: Board) -> None:
        self._shared: Final = {"now": board.now, "last_run": board.last_run, "is_late": board.is_late, "pages": PAGES}

    def of(self, path: str, template: str, title: str, **values: object) -> tuple[str, bytes]:
        root = "../" * path.count("/")
        text = _environment().get_template(template).render(self._shared, page=path, root=root, title=title, **values)
        return path, text.encode("utf-8", "replace")

    def tables(self, path: str, title: str, *tables: Table, lead: str = "") -> tuple[str, bytes]:
        return self.of(path, "tables.html", title, tables=tables, lead=lead)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("bot.report.site"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters["embedded"] = _embedded
    return made


def _embedded(value: object) -> Markup:
    """JSON that ends no `<script>` around it and begins no comment in it (HTML, 4.12.1.3); parsed again it is the same value."""
    told = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        told = told.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(told)  # noqa: S704 - no sign of markup is left in it
