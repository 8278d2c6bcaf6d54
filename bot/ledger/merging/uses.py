"""Which image was in use where and when, and whose apps are.

Uses of the same image at the same place whose sights overlap are one use. What one history saw to be gone and the other saw again later was
in use all the time: of two answers the one that warns is kept.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select

from bot.ledger.merging.source import Source
from bot.ledger.merging.target import Row, Target, in_batches, without_id
from bot.ledger.tables import APPS, IMAGE_PLACES, IMAGE_USES

_LAST_USES = select(IMAGE_PLACES.c.app, func.max(IMAGE_USES.c.last_seen).label("last_seen"))
_LAST_USES = _LAST_USES.join(IMAGE_USES, IMAGE_USES.c.place_id == IMAGE_PLACES.c.id).group_by(IMAGE_PLACES.c.app)


def merge_uses(source: Source, target: Target) -> None:
    _merge_apps(source, target)
    for part in in_batches(source.rows(select(IMAGE_PLACES).order_by(IMAGE_PLACES.c.id))):
        places = _places(part, target)
        theirs: dict[int, list[Row]] = defaultdict(list)
        for row in source.rows(select(IMAGE_USES).where(IMAGE_USES.c.place_id.in_(list(places)))):
            theirs[places[row["place_id"]]].append({**without_id(row), "place_id": places[row["place_id"]], "id": None})
        mine: dict[int, list[Row]] = defaultdict(list)
        query = select(IMAGE_USES).where(IMAGE_USES.c.place_id.in_(list(theirs))).order_by(IMAGE_USES.c.id)
        for row in target.rows(query):
            mine[row["place_id"]].append(row)
        _write(target, [one for place, rows in theirs.items() for one in united([*mine[place], *rows])])


def united(uses: Iterable[Row]) -> list[list[Row]]:
    """The uses in groups that are one use each: of the same image, known in the same way, and with sights that overlap."""
    by_image: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for use in uses:
        by_image[use["place_id"], use["tag"], use["digest"], use["known_from"]].append(use)
    groups: list[list[Row]] = []
    for alike in by_image.values():
        end: datetime | None = None
        for use in sorted(alike, key=lambda use: (use["first_seen"], use["last_seen"])):
            if end is None or use["first_seen"] > end:
                groups.append([])
                end = use["last_seen"]
            groups[-1].append(use)
            end = max(end, use["last_seen"])
    return groups


def as_one(uses: Sequence[Row]) -> Row:
    """One use of several: ended where any saw the end of it and none saw it afterwards."""
    newest = max(uses, key=lambda use: (use["last_seen"], -use["line"]))
    last = newest["last_seen"]
    ends = [use["ended_at"] for use in uses if use["ended_at"] is not None and use["ended_at"] > last]
    return {**newest, "first_seen": min(use["first_seen"] for use in uses), "ended_at": max(ends, default=None)}


def _write(target: Target, groups: Iterable[Sequence[Row]]) -> None:
    new, changed, needless = [], [], []
    for group in groups:
        ids = sorted(use["id"] for use in group if use["id"] is not None)
        if len(group) == len(ids) == 1:
            continue
        one = as_one(group)
        if not ids:
            new.append(without_id(one))
        elif (kept := {**one, "id": ids[0]}) not in group:
            changed.append(kept)
        needless += ids[1:]
    target.connection.execute(delete(IMAGE_USES).where(IMAGE_USES.c.id.in_(needless)))
    target.add(IMAGE_USES, sorted(new, key=lambda use: (use["first_seen"], use["place_id"])))
    target.change(IMAGE_USES, changed)


def _places(theirs: Iterable[Row], target: Target) -> dict[int, int]:
    """The ids of the source's places, and what these are in the target."""
    key = (IMAGE_PLACES.c.identity,)
    rows = list(theirs)
    known = target.known(IMAGE_PLACES, key, rows)
    target.add(IMAGE_PLACES, [without_id(row) for row in rows if (row["identity"],) not in known])
    known = target.known(IMAGE_PLACES, key, rows)
    return {row["id"]: known[row["identity"],]["id"] for row in rows}


def _merge_apps(source: Source, target: Target) -> None:
    """Whose an app is says the history that saw its uses last: both are written in one go."""
    mine = {row["app"]: row["last_seen"] for row in target.rows(_LAST_USES)}
    theirs = {row["app"]: row["last_seen"] for row in source.rows(_LAST_USES)}
    target.merge(APPS, source.rows(select(APPS)), lambda one, other: other if _is_newer(one["app"], theirs, mine) else one)


def _is_newer(app: str, theirs: Mapping[str, datetime], mine: Mapping[str, datetime]) -> bool:
    return app in theirs and (app not in mine or theirs[app] > mine[app])
