"""What is inside images. Ids of packages and of their sets are each ledger's own, so that a layer is written anew from its packages."""

from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import delete, select

from bot.clients.database import in_parts
from bot.ledger.contents import ContentsIndex, ids_of
from bot.ledger.merging.source import Source
from bot.ledger.merging.target import Row, Target, in_batches, without_id
from bot.ledger.tables import (
    OPENED_IMAGES,
    OPENED_INDEXES,
    OPENED_LAYERS,
    PACKAGE_SET_GAPS,
    PACKAGE_SET_MEMBERS,
    PACKAGE_SETS,
    PACKAGES,
)


def merge_contents(source: Source, target: Target, index: ContentsIndex) -> None:
    sets = _Sets(source, target, index)
    images: dict[int, int] = {}
    for part in in_batches(source.rows(select(OPENED_IMAGES).order_by(OPENED_IMAGES.c.id))):
        images |= _merge_images(part, target, sets)
    indexes = ({**row, "image_id": images[row["image_id"]]} for row in source.rows(select(OPENED_INDEXES)))
    target.merge(OPENED_INDEXES, indexes, lambda mine, _: mine)


def better_read(mine: Row, theirs: Row) -> Row:
    """As `ContentsIndex.record` has it: the same code's reading of more, else the newer reading."""
    if mine["form"] == theirs["form"]:
        best = theirs if len(theirs["not_read"]) < len(mine["not_read"]) else mine
        return {**best, "opened_at": max(mine["opened_at"], theirs["opened_at"])}
    return max(mine, theirs, key=lambda row: (row["opened_at"], row["form"]))


def _merge_images(part: Iterable[Row], target: Target, sets: "_Sets") -> dict[int, int]:
    key = (OPENED_IMAGES.c.digest,)
    rows = {row["digest"]: row for row in part}
    known = target.known(OPENED_IMAGES, key, rows.values())
    target.add(OPENED_IMAGES, [without_id(row) for digest, row in rows.items() if (digest,) not in known])
    judged = {digest: better_read(known[digest,], row) for digest, row in rows.items() if (digest,) in known}
    changed = [{**row, "id": known[digest,]["id"]} for digest, row in judged.items()]
    target.change(OPENED_IMAGES, [row for row in changed if row != known[row["digest"],]])
    ids = {digest: row["id"] for (digest,), row in target.known(OPENED_IMAGES, key, rows.values()).items()}
    for digest, row in rows.items():
        if digest not in judged or _is_read_as(judged[digest], row, known[digest,]):
            sets.write_layers(row["id"], ids[digest])
    return {row["id"]: ids[digest] for digest, row in rows.items()}


def _is_read_as(best: Row, theirs: Row, mine: Row) -> bool:
    """Whether the reading that was chosen is theirs and not the one that is there."""
    return all(best[column] == theirs[column] for column in ("form", "not_read")) and any(
        mine[column] != theirs[column] for column in ("form", "not_read")
    )


class _Sets:
    """Writes layers of the source into the target; a set that many images have is looked up once."""

    def __init__(self, source: Source, target: Target, index: ContentsIndex) -> None:
        self._source: Final = source
        self._target: Final = target
        self._index: Final = index
        self._packages: Final[dict[int, int]] = {}
        self._sets: Final[dict[int, int]] = {}

    def write_layers(self, theirs: int, mine: int) -> None:
        """Give the image `mine` of the target the layers that `theirs` has in the source."""
        query = select(OPENED_LAYERS.c.position, PACKAGE_SETS).join(PACKAGE_SETS, PACKAGE_SETS.c.id == OPENED_LAYERS.c.set_id)
        layers = list(self._source.rows(query.where(OPENED_LAYERS.c.image_id == theirs).order_by(OPENED_LAYERS.c.position)))
        rows = [{"image_id": mine, "position": layer["position"], "set_id": self._set(layer)} for layer in layers]
        self._target.connection.execute(delete(OPENED_LAYERS).where(OPENED_LAYERS.c.image_id == mine))
        self._target.add(OPENED_LAYERS, rows)

    def _set(self, layer: Row) -> int:
        if layer["id"] not in self._sets:
            packages = self._mapped(self._members(layer))
            self._sets[layer["id"]] = self._index.sets(self._target.connection, {layer["diff_id"]: packages})[layer["diff_id"]]
        return self._sets[layer["id"]]

    def _members(self, layer: Row) -> frozenset[int]:
        whole = layer["id"] if layer["whole_id"] is None else layer["whole_id"]
        members, gaps = PACKAGE_SET_MEMBERS.c, PACKAGE_SET_GAPS.c
        found = {row["package_id"] for row in self._source.rows(select(members.package_id).where(members.set_id == whole))}
        if layer["whole_id"] is not None:
            found -= {row["package_id"] for row in self._source.rows(select(gaps.package_id).where(gaps.set_id == layer["id"]))}
        return frozenset(found)

    def _mapped(self, packages: Iterable[int]) -> frozenset[int]:
        wanted = sorted(packages)
        for part in in_parts([one for one in wanted if one not in self._packages]):
            rows: Mapping[bytes, Row] = {row["identity"]: row for row in self._source.rows(select(PACKAGES).where(PACKAGES.c.id.in_(part)))}
            known = ids_of(self._target.connection, PACKAGES, rows)
            self._target.add(PACKAGES, [without_id(row) for identity, row in sorted(rows.items()) if identity not in known])
            known = ids_of(self._target.connection, PACKAGES, rows)
            self._packages.update({row["id"]: known[identity] for identity, row in rows.items()})
        return frozenset(self._packages[one] for one in wanted)
