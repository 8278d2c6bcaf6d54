"""What runs in which stage, by whose word, and what is not as it should be on the way there."""

from collections.abc import Collection
from typing import Final

from bot.model.deployment import Deployment
from bot.model.exposure import Known
from bot.model.fleet import App
from bot.report.board import Board
from bot.report.site.links import app_page
from bot.report.site.table import Cell, Column, Kind, Linked, Table, day, text

_GAPS: Final = (
    Column(title="What", is_filter=True),
    Column(title="App"),
    Column(title="Stage", is_filter=True),
    Column(title="Image"),
    Column(title="In words"),
    Column(title="Is it so", is_filter=True),
    Column(title="Whose word"),
)
_DEPLOYED: Final = (
    Column(title="App"),
    Column(title="Stage", is_filter=True),
    Column(title="Image"),
    Column(title="Known", is_filter=True),
    Column(title="Since", kind=Kind.DAY),
    Column(title="As of", kind=Kind.DAY),
    Column(title="Where"),
    Column(title="In doubt"),
)


def gaps_table(board: Board) -> Table:
    """Those that are certain first."""
    names: dict[str, str] = {}
    for look in board.looks:
        # A name that several apps have leads nowhere.
        names[look.app.name] = "" if look.app.name in names else app_page(look.app.key)
    ordered = sorted(board.gaps, key=lambda one: (one.is_so is not Known.YES, one.kind.value, one.app, one.stage, one.image))
    rows: list[tuple[Cell, ...]] = [
        (
            gap.kind.value,
            Linked(text(gap.app), names.get(gap.app) or None) if gap.app else "none is known",
            text(gap.stage) or None,
            text(gap.image),
            text(gap.said),
            "yes" if gap.is_so is Known.YES else "not known",
            text("; ".join(gap.evidence)),
        )
        for gap in ordered
    ]
    return Table(id="gaps", name="Gaps on the way to production", columns=_GAPS, rows=rows, none="None is known.")


def deployed_table(board: Board) -> Table:
    ordered = sorted(board.deployed, key=lambda one: (one[0] is None, "" if one[0] is None else one[0].name))  # else as told: by stage
    pages = {look.app.key for look in board.looks}
    rows = [_row(app, one, pages) for app, one in ordered]
    none = "No source tells what runs, or is written to run."
    return Table(id="deployed", name="What runs, or is written to", columns=_DEPLOYED, rows=rows, none=none)


def _row(app: App | None, one: Deployment, pages: Collection[str]) -> tuple[Cell, ...]:
    return (
        Linked(text(app.name), app_page(app.key) if app.key in pages else None) if app is not None else "none is known",
        text(one.stage) or None,
        text(_short(one)),
        "seen to run" if one.is_running else "may run" if one.doubt else "written to run",
        day(one.since),
        day(one.as_of),
        text(one.where),
        text(one.doubt or ("its digest is the one that its tag stood at" if one.is_digest_by_tag else "")),
    )


def _short(one: Deployment) -> str:
    digest = one.image.digest
    return one.image.familiar + (f":{one.image.tag}" if one.image.tag else "") + (f"@{digest.short}" if digest else "")
