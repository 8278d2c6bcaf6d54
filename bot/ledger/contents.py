"""What is inside the images that were opened, and which of them hold a package.

A digest never changes its content, so that what was read of an image today is true of every day. The packages are kept by layer: images
that have the same of the same layer share one set of rows, and one that lacks a few of them (upgraded, removed by a layer above) is kept as
that set and its gaps.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, Table, delete, exists, or_, select, update

from bot.clients.database import Database, in_parts
from bot.ledger.package_rows import KnownPackage, kept, key_of, row_of
from bot.ledger.tables import (
    OPENED_IMAGES,
    OPENED_INDEXES,
    OPENED_LAYERS,
    PACKAGE_SET_GAPS,
    PACKAGE_SET_MEMBERS,
    PACKAGE_SETS,
    PACKAGES,
)
from bot.model.contents import Contents, KnownBy

LOCK: Final = 0x7265_6275_696C_66
"""Any number that nothing else on the same PostgreSQL server uses."""
_MAX_NOT_READ: Final = 100
_MAX_WHOLES: Final = 5
"""Of a layer's sets looked at for one that a new set is nearly the same as."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedImage:
    """An image on one platform, whose contents are known."""

    id: int
    digest: str
    platform: str
    not_read: tuple[str, ...]
    """What could not be read of it, so that packages may be missing."""


@dataclass(frozen=True, slots=True)
class Carried:
    """That an image holds a package, and which layer brought it."""

    image_id: int
    package_id: int
    diff_id: str
    """Empty: only a declaration names it."""


class ContentsIndex:
    """Reads and writes what is inside images. Each call is one transaction and safe to make twice. Raises DatabaseError."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database

    def record(self, contents: Contents, *, form: str, now: datetime) -> None:
        """Remember what is inside an image, as code of this form read it.

        What other code read, or the same code read less of, gives way; else what is known stays.
        """
        with self._database.reading() as connection:
            if self._is_known(connection, contents, form):
                return
        with self._database.writing() as connection:
            # Images of one base want the same rows: in different orders they would stop one another.
            self._database.alone(connection, LOCK)
            not_read = [kept(str(one)) for one in contents.not_read[:_MAX_NOT_READ]]
            row = {"digest": contents.digest, "platform": kept(contents.platform), "created_at": contents.created_at, "opened_at": now}
            # A new one is empty until its layers are written below, and its form belongs to no code.
            self._database.insert_new(connection, OPENED_IMAGES, [{**row, "form": "", "not_read": not_read}])
            mine = OPENED_IMAGES.c.digest == contents.digest
            found = connection.execute(select(OPENED_IMAGES).where(mine)).one()
            if contents.index_digest:
                self._database.insert_new(connection, OPENED_INDEXES, [{"index_digest": contents.index_digest, "image_id": found.id}])
            if found.form == form and len(found.not_read) <= len(not_read):
                return
            self._write_layers(connection, found.id, contents)
            connection.execute(update(OPENED_IMAGES).where(mine).values(form=form, not_read=not_read, opened_at=now))

    def packages_called(self, names: Iterable[str]) -> tuple[KnownPackage, ...]:
        """The packages that have one of these names, or were built from a source that has; of names that are only alike as well."""
        found: dict[int, KnownPackage] = {}
        with self._database.reading() as connection:
            for part in in_parts(sorted(set(map(key_of, names)) - {""})):
                query = select(PACKAGES).where(or_(PACKAGES.c.name_key.in_(part), PACKAGES.c.source_key.in_(part)))
                found |= {row.id: _package(row) for row in connection.execute(query)}
        return tuple(found[key] for key in sorted(found))

    def carriers(self, packages: Collection[int]) -> frozenset[Carried]:
        """The images that hold these packages, given by their ids."""
        found: set[Carried] = set()
        with self._database.reading() as connection:
            for part in in_parts(sorted(packages)):
                for query in (_in_whole_sets(part), _in_sets_with_gaps(part)):
                    found.update(Carried(row[0], row[1], row[2]) for row in connection.execute(query))
        return frozenset(found)

    def opened(self) -> Mapping[str, tuple[OpenedImage, ...]]:
        """Every opened image by its digest, and by the digest of each index that it stands in."""
        columns = (OPENED_IMAGES.c.id, OPENED_IMAGES.c.digest, OPENED_IMAGES.c.platform, OPENED_IMAGES.c.not_read)
        images: dict[int, OpenedImage] = {}
        by_digest: dict[str, list[OpenedImage]] = defaultdict(list)
        with self._database.reading() as connection:
            for row in connection.execute(select(*columns).order_by(OPENED_IMAGES.c.platform, OPENED_IMAGES.c.id)):
                image = OpenedImage(id=row.id, digest=row.digest, platform=row.platform, not_read=tuple(row.not_read))
                images[image.id] = image
                by_digest[image.digest].append(image)
            for row in connection.execute(select(OPENED_INDEXES)):
                # One that was opened since the first question is left to the next answer.
                if row.image_id in images and row.index_digest != images[row.image_id].digest:
                    by_digest[row.index_digest].append(images[row.image_id])
        return {digest: tuple(found) for digest, found in by_digest.items()}

    def built(self) -> Mapping[str, datetime]:
        """When each opened image was built, as its publisher says, by its digest and that of each index that it stands in: the latest."""
        found: dict[str, datetime] = {}
        known = OPENED_IMAGES.c.created_at.is_not(None)
        with self._database.reading() as connection:
            for query in (
                select(OPENED_IMAGES.c.digest, OPENED_IMAGES.c.created_at).where(known),
                select(OPENED_INDEXES.c.index_digest, OPENED_IMAGES.c.created_at)
                .join(OPENED_IMAGES, OPENED_IMAGES.c.id == OPENED_INDEXES.c.image_id)
                .where(known),
            ):
                for digest, at in connection.execute(query):
                    found[digest] = max(at, found.get(digest, at))
        return found

    def packages_in(self, images: Collection[int]) -> dict[int, tuple[KnownPackage, ...]]:
        """The packages that opened images hold, by the ids of the images; one without any is left out."""
        held: dict[int, set[int]] = defaultdict(set)
        packages: dict[int, KnownPackage] = {}
        with self._database.reading() as connection:
            for part in in_parts(sorted(images)):
                for query in (_held_wholly(part), _held_with_gaps(part)):
                    for image, package in connection.execute(query):
                        held[image].add(package)
            for part in in_parts(sorted(set().union(*held.values()))):
                packages |= {row.id: _package(row) for row in connection.execute(select(PACKAGES).where(PACKAGES.c.id.in_(part)))}
        return {image: tuple(packages[one] for one in sorted(ids)) for image, ids in held.items()}

    def layers_of(self, digest: str) -> tuple[str, ...]:
        """The diff_ids of an opened image, the lowest first; empty: it was never opened."""
        query = (
            select(PACKAGE_SETS.c.diff_id)
            .join(OPENED_LAYERS, OPENED_LAYERS.c.set_id == PACKAGE_SETS.c.id)
            .join(OPENED_IMAGES, OPENED_IMAGES.c.id == OPENED_LAYERS.c.image_id)
            .where(OPENED_IMAGES.c.digest == digest, PACKAGE_SETS.c.diff_id != "")
            .order_by(OPENED_LAYERS.c.position)
        )
        with self._database.reading() as connection:
            return tuple(connection.execute(query).scalars())

    @staticmethod
    def _is_known(connection: Connection, contents: Contents, form: str) -> bool:
        known = connection.execute(select(OPENED_IMAGES).where(OPENED_IMAGES.c.digest == contents.digest)).one_or_none()
        if known is None or known.form != form or len(known.not_read) > len(contents.not_read[:_MAX_NOT_READ]):
            return False
        if contents.index_digest is None:
            return True
        mine = (OPENED_INDEXES.c.index_digest == contents.index_digest, OPENED_INDEXES.c.image_id == known.id)
        return connection.execute(select(OPENED_INDEXES.c.image_id).where(*mine)).one_or_none() is not None

    def _write_layers(self, connection: Connection, image_id: int, contents: Contents) -> None:
        by_layer: dict[str, dict[bytes, dict[str, Any]]] = {layer.diff_id: {} for layer in contents.layers}
        for package in contents.packages:
            row = row_of(package)
            by_layer.setdefault(package.layer, {})[row["identity"]] = row
        rows = {identity: row for layer in by_layer.values() for identity, row in layer.items()}
        ids = ids_of(connection, PACKAGES, rows)
        missing = sorted(rows.keys() - ids.keys())
        self._database.insert_new(connection, PACKAGES, [rows[identity] for identity in missing])
        ids |= ids_of(connection, PACKAGES, missing)
        sets = self.sets(connection, {diff_id: frozenset(ids[identity] for identity in layer) for diff_id, layer in by_layer.items()})
        strays = [diff_id for diff_id in by_layer if diff_id not in {layer.diff_id for layer in contents.layers}]
        order = [*(layer.diff_id for layer in contents.layers), *strays]
        connection.execute(delete(OPENED_LAYERS).where(OPENED_LAYERS.c.image_id == image_id))
        layers = [{"image_id": image_id, "position": position, "set_id": sets[diff_id]} for position, diff_id in enumerate(order)]
        if layers:
            connection.execute(OPENED_LAYERS.insert(), layers)

    def sets(self, connection: Connection, layers: Mapping[str, frozenset[int]]) -> dict[str, int]:
        """For each layer the set of these packages of it; those that nobody had before are written."""
        identities = {_set_identity(diff_id, packages): diff_id for diff_id, packages in layers.items()}
        known = ids_of(connection, PACKAGE_SETS, identities)
        for identity in sorted(identities.keys() - known.keys()):
            diff_id = identities[identity]
            known[identity] = self._write_set(connection, diff_id, layers[diff_id])
        return {diff_id: known[identity] for identity, diff_id in identities.items()}

    def _write_set(self, connection: Connection, diff_id: str, packages: frozenset[int]) -> int:
        """A new set: with its packages, or with what it lacks of the set that is nearest to it.

        Where that set lacks some in turn, one that has all of both takes its place for those that come: with a few images that one is all
        that the layer brought, though no image may have it all.
        """
        number, nearest = self._nearest(connection, diff_id, packages)
        if number is None or 2 * len(nearest & packages) < len(nearest | packages):
            return self._write_whole(connection, diff_id, packages)
        if not packages <= nearest:
            nearest |= packages
            number = self._write_whole(connection, diff_id, nearest)
        identity = _set_identity(diff_id, packages)
        self._database.insert_new(connection, PACKAGE_SETS, [{"identity": identity, "diff_id": diff_id, "whole_id": number}])
        mine = ids_of(connection, PACKAGE_SETS, [identity])[identity]
        gaps = [{"set_id": mine, "package_id": package} for package in sorted(nearest - packages)]
        self._database.insert_new(connection, PACKAGE_SET_GAPS, gaps)
        return mine

    def _write_whole(self, connection: Connection, diff_id: str, packages: frozenset[int]) -> int:
        identity = _set_identity(diff_id, packages)
        self._database.insert_new(connection, PACKAGE_SETS, [{"identity": identity, "diff_id": diff_id, "whole_id": None}])
        mine = ids_of(connection, PACKAGE_SETS, [identity])[identity]
        members = [{"package_id": package, "set_id": mine} for package in sorted(packages)]
        self._database.insert_new(connection, PACKAGE_SET_MEMBERS, members)
        return mine

    @staticmethod
    def _nearest(connection: Connection, diff_id: str, packages: frozenset[int]) -> tuple[int | None, frozenset[int]]:
        """The set of the layer that differs least, of the last ones that are written down with their packages."""
        wholes = (
            select(PACKAGE_SETS.c.id)
            .where(PACKAGE_SETS.c.diff_id == diff_id, PACKAGE_SETS.c.whole_id.is_(None))
            .order_by(PACKAGE_SETS.c.id.desc())
            .limit(_MAX_WHOLES)
        )
        known: dict[int, set[int]] = defaultdict(set)
        query = select(PACKAGE_SET_MEMBERS).where(PACKAGE_SET_MEMBERS.c.set_id.in_(list(connection.execute(wholes).scalars())))
        for row in connection.execute(query):
            known[row.set_id].add(row.package_id)
        best = min(known, key=lambda number: (len(known[number] ^ packages), number), default=None)
        return best, frozenset(known[best]) if best is not None else frozenset()


def _in_whole_sets(packages: Sequence[int]) -> Select[Any]:
    return (
        select(OPENED_LAYERS.c.image_id, PACKAGE_SET_MEMBERS.c.package_id, PACKAGE_SETS.c.diff_id)
        .join(PACKAGE_SETS, PACKAGE_SETS.c.id == PACKAGE_SET_MEMBERS.c.set_id)
        .join(OPENED_LAYERS, OPENED_LAYERS.c.set_id == PACKAGE_SETS.c.id)
        .where(PACKAGE_SET_MEMBERS.c.package_id.in_(packages))
    )


def _in_sets_with_gaps(packages: Sequence[int]) -> Select[Any]:
    is_gap = exists().where(
        PACKAGE_SET_GAPS.c.set_id == PACKAGE_SETS.c.id, PACKAGE_SET_GAPS.c.package_id == PACKAGE_SET_MEMBERS.c.package_id
    )
    return (
        select(OPENED_LAYERS.c.image_id, PACKAGE_SET_MEMBERS.c.package_id, PACKAGE_SETS.c.diff_id)
        .join(PACKAGE_SETS, PACKAGE_SETS.c.whole_id == PACKAGE_SET_MEMBERS.c.set_id)
        .join(OPENED_LAYERS, OPENED_LAYERS.c.set_id == PACKAGE_SETS.c.id)
        .where(PACKAGE_SET_MEMBERS.c.package_id.in_(packages), ~is_gap)
    )


def _held_wholly(images: Sequence[int]) -> Select[Any]:
    return (
        select(OPENED_LAYERS.c.image_id, PACKAGE_SET_MEMBERS.c.package_id)
        .join(PACKAGE_SET_MEMBERS, PACKAGE_SET_MEMBERS.c.set_id == OPENED_LAYERS.c.set_id)
        .where(OPENED_LAYERS.c.image_id.in_(images))
    )


def _held_with_gaps(images: Sequence[int]) -> Select[Any]:
    is_gap = exists().where(
        PACKAGE_SET_GAPS.c.set_id == PACKAGE_SETS.c.id, PACKAGE_SET_GAPS.c.package_id == PACKAGE_SET_MEMBERS.c.package_id
    )
    return (
        select(OPENED_LAYERS.c.image_id, PACKAGE_SET_MEMBERS.c.package_id)
        .join(PACKAGE_SETS, PACKAGE_SETS.c.id == OPENED_LAYERS.c.set_id)
        .join(PACKAGE_SET_MEMBERS, PACKAGE_SET_MEMBERS.c.set_id == PACKAGE_SETS.c.whole_id)
        .where(OPENED_LAYERS.c.image_id.in_(images), ~is_gap)
    )


def ids_of(connection: Connection, table: Table, identities: Iterable[bytes]) -> dict[bytes, int]:
    """The id of each row that is there."""
    found: dict[bytes, int] = {}
    for part in in_parts(sorted(identities)):
        query = select(table.c.identity, table.c.id).where(table.c.identity.in_(part))
        found |= {bytes(row.identity): row.id for row in connection.execute(query)}
    return found


def _set_identity(diff_id: str, packages: Iterable[int]) -> bytes:
    return hashlib.sha256(f"{diff_id} {' '.join(map(str, sorted(packages)))}".encode()).digest()


def _package(row: Any) -> KnownPackage:  # noqa: ANN401 - a row of the table
    return KnownPackage(
        id=row.id,
        type=row.type,
        namespace=row.namespace,
        name=row.name,
        version=row.version,
        source_name=row.source_name,
        source_version=row.source_version,
        known_by=KnownBy(row.known_by),
    )
