"""Which image was in use where and when. Rows are added and ended, never taken back, so that a day in the past can be asked about."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, select, update

from bot.clients.database import Database, in_parts
from bot.ledger.last_times import USES_FROM
from bot.ledger.package_rows import kept
from bot.ledger.tables import APPS, IMAGE_PLACES, IMAGE_USES, LAST_TIMES
from bot.model.use import AppOwners, ImageUse, KnownFrom, KnownUse, Place, StagedUse

_IN_GIT: Final = (KnownFrom.PINNED.value, KnownFrom.TAGGED.value, KnownFrom.WRITTEN.value)
_IS_IMAGE: Final = IMAGE_USES.c.known_from != KnownFrom.WRITTEN.value
_WITH_PLACES: Final = select(IMAGE_USES, *(column for column in IMAGE_PLACES.c if column.name not in {"id", "identity"})).join(
    IMAGE_PLACES, IMAGE_PLACES.c.id == IMAGE_USES.c.place_id
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """What could not be read in a repo: what was in use there is not gone because it was not seen."""

    path: str
    """A file, or a folder with all that is in it."""
    text: str = ""
    """The piece of the file that is meant; empty: all of it."""

    def may_name(self, file: str, image: str) -> bool:
        """Whether an image that the file named may still stand there."""
        is_there = file == self.path or file.startswith(f"{self.path}/")
        return is_there and (not self.text or image.rpartition("/")[2] in self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepoLook:
    """What one look at the files of a repo showed."""

    repo: str
    uses: Sequence[ImageUse]
    """All of them: what is not among them is gone."""
    unread: Sequence[Unread] = ()


_Key = tuple[int, str, str, str]
"""Place, tag, digest, how it is known."""


class ImageUses:
    """Reads and writes uses. Each call is one transaction and safe to make twice. Raises DatabaseError."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database

    def record_owners(self, apps: Iterable[AppOwners]) -> None:
        """Remember whom apps belong to, in the place of what was known."""
        wanted = {app.app: {"app": kept(app.app), "name": kept(app.name), "owners": list(map(kept, app.owners))} for app in apps}
        known = {app: {"app": told.app, "name": told.name, "owners": list(told.owners)} for app, told in self.owners().items()}
        changed = [row for app, row in sorted(wanted.items()) if known.get(app) != row]
        if not changed:
            return
        with self._database.writing() as connection:
            self._database.insert_new(connection, APPS, changed)
            same = APPS.c.app == bindparam("key")
            connection.execute(
                update(APPS).where(same).values(name=bindparam("called"), owners=bindparam("of")),
                [{"key": row["app"], "called": row["name"], "of": row["owners"]} for row in changed],
            )

    def owners(self) -> dict[str, AppOwners]:
        """Whom each app belongs to."""
        with self._database.reading() as connection:
            rows = connection.execute(select(APPS)).all()
        return {row.app: AppOwners(app=row.app, name=row.name, owners=tuple(row.owners)) for row in rows}

    def record(self, looks: Iterable[RepoLook], now: datetime) -> None:
        """Remember what files in Git name: new uses begin now, those that are gone from a repo that was read end now."""
        by_repo = {look.repo: look for look in looks}
        if not by_repo:
            return
        with self._database.writing() as connection:
            places = self._places(connection, [use.place for look in by_repo.values() for use in look.uses])
            known = self._open(connection, sorted(by_repo))
            seen = _seen(by_repo.values(), places, known)
            new = [
                {"place_id": key[0], "tag": key[1], "digest": key[2], "known_from": key[3], "line": line}
                | {"first_seen": now, "last_seen": now}
                for key, line in seen.items()
                if key not in known
            ]
            if new:
                connection.execute(IMAGE_USES.insert(), new)
            again = {row.id: seen[key] for key, rows in known.items() if key in seen for row in rows if _is_due(row, seen[key], now)}
            self._see_again(connection, again, now)
            replaced = {place for place, *_ in seen}
            missing = [row for key, rows in known.items() if key not in seen for row in rows]
            gone = [row.id for row in missing if row.place_id in replaced or not _may_be_there(row, by_repo[row.repo])]
            for part in in_parts(gone):
                connection.execute(update(IMAGE_USES).where(IMAGE_USES.c.id.in_(part)).values(ended_at=now))

    def until(self, end: datetime) -> list[KnownUse]:
        """Every use of an image that began before `end`, also those that are over, by its place and in the order in which they began."""
        query = _WITH_PLACES.where(IMAGE_USES.c.first_seen < end, _IS_IMAGE)
        query = query.order_by(IMAGE_USES.c.place_id, IMAGE_USES.c.first_seen, IMAGE_USES.c.id)
        places: dict[int, Place] = {}
        with self._database.reading() as connection:
            return [_use(row, places) for row in connection.execute(query)]

    def in_stages(self, apps: Iterable[str]) -> list[StagedUse]:
        """What stood in the stages of the apps of these names, images and all else, also what is over, in the order in which it began."""
        query = _WITH_PLACES.add_columns(APPS.c.name).join(APPS, APPS.c.app == IMAGE_PLACES.c.app).where(IMAGE_PLACES.c.stage != "")
        query = query.order_by(IMAGE_USES.c.first_seen, IMAGE_USES.c.id)
        places: dict[int, Place] = {}
        with self._database.reading() as connection:
            parts = in_parts(sorted(set(map(kept, apps))))
            rows = [row for part in parts for row in connection.execute(query.where(APPS.c.name.in_(part)))]
        return [StagedUse(app=row.name, known=_use(row, places)) for row in rows]

    def images_by_repo(self) -> dict[str, set[str]]:
        """The images that the files of each repo named when they were last looked at."""
        query = select(IMAGE_PLACES.c.repo, IMAGE_PLACES.c.image).join(IMAGE_USES, IMAGE_USES.c.place_id == IMAGE_PLACES.c.id)
        found: dict[str, set[str]] = {}
        with self._database.reading() as connection:
            for repo, image in connection.execute(query.where(IMAGE_USES.c.ended_at.is_(None), _IS_IMAGE).distinct()):
                found.setdefault(repo, set()).add(image)
        return found

    def recorded(self) -> tuple[datetime, datetime] | None:
        """From when on uses are known (the first sight, or what is kept), and when any was seen last; None: there is none."""
        query = select(func.min(IMAGE_USES.c.first_seen), func.max(IMAGE_USES.c.last_seen)).where(_IS_IMAGE)
        kept_from = select(LAST_TIMES.c.at).where(LAST_TIMES.c.what == USES_FROM)
        with self._database.reading() as connection:
            first, last = connection.execute(query).one()
            since: datetime | None = connection.execute(kept_from).scalar_one_or_none()
        return None if first is None else (first if since is None else max(first, since), last)

    def _places(self, connection: Connection, places: Iterable[Place]) -> dict[Place, int]:
        rows = {place: _place_row(place) for place in places}
        by_identity = {row["identity"]: row for row in rows.values()}
        known: dict[bytes, int] = {}
        for _ in range(2):
            for part in in_parts(sorted(by_identity.keys() - known.keys())):
                query = select(IMAGE_PLACES.c.identity, IMAGE_PLACES.c.id).where(IMAGE_PLACES.c.identity.in_(part))
                known |= {bytes(row.identity): row.id for row in connection.execute(query)}
            missing = sorted(by_identity.keys() - known.keys())
            self._database.insert_new(connection, IMAGE_PLACES, [by_identity[identity] for identity in missing])
        return {place: known[row["identity"]] for place, row in rows.items()}

    @staticmethod
    def _open(connection: Connection, repos: Sequence[str]) -> dict[_Key, list[Any]]:
        """The uses in Git that have not ended, of these repos; more than one of the same where two histories were merged."""
        columns = (IMAGE_PLACES.c.repo, IMAGE_PLACES.c.file, IMAGE_PLACES.c.image)
        query = select(IMAGE_USES, *columns).join(IMAGE_PLACES, IMAGE_PLACES.c.id == IMAGE_USES.c.place_id)
        query = query.where(IMAGE_USES.c.ended_at.is_(None), IMAGE_USES.c.known_from.in_(_IN_GIT)).order_by(IMAGE_USES.c.id)
        found: dict[_Key, list[Any]] = defaultdict(list)
        for part in in_parts(repos):
            rows = connection.execute(query.where(IMAGE_PLACES.c.repo.in_(part)))
            for row in rows:
                found[row.place_id, row.tag, row.digest, row.known_from].append(row)
        return found

    @staticmethod
    def _see_again(connection: Connection, lines: dict[int, int], now: datetime) -> None:
        if lines:
            same = IMAGE_USES.c.id == bindparam("use")
            statement = update(IMAGE_USES).where(same).values(last_seen=now, line=bindparam("at"))
            connection.execute(statement, [{"use": use, "at": line} for use, line in sorted(lines.items())])


def _seen(looks: Iterable[RepoLook], places: dict[Place, int], known: Collection[_Key]) -> dict[_Key, int]:
    """What was seen, with its first line. A tag whose digest is not known today stands where it was last seen to stand."""
    standing = {(key[0], key[1]): key for key in known if key[2] and key[3] == KnownFrom.TAGGED}
    seen: dict[_Key, int] = {}
    for use in (use for look in looks for use in look.uses):
        key = (places[use.place], kept(use.tag), kept(use.digest), use.known_from.value)
        if not use.digest and use.known_from is KnownFrom.TAGGED:
            key = standing.get((key[0], key[1]), key)
        seen[key] = min(use.line, seen.get(key, use.line))
    return seen


def _is_due(row: Any, line: int, now: datetime) -> bool:  # noqa: ANN401 - a row of the table
    """Whether a use is to be written again: on every day once, and where its line has moved; a clock that goes back changes nothing."""
    last: datetime = row.last_seen
    return now >= last and (now.date() != last.date() or row.line != line)


def _may_be_there(row: Any, look: RepoLook) -> bool:  # noqa: ANN401 - a row of the table
    return any(unread.may_name(row.file, row.image) for unread in look.unread)


def _place_row(place: Place) -> dict[str, Any]:
    told = {"app": place.app, "repo": place.repo, "stage": place.stage, "role": place.role, "file": place.file, "image": place.image}
    row = {column: kept(text) for column, text in told.items()}
    return {"identity": hashlib.sha256("\0".join(row.values()).encode()).digest(), **row}


def _use(row: Any, places: dict[int, Place]) -> KnownUse:  # noqa: ANN401 - a row of the table
    place = places.get(row.place_id)
    if place is None:
        place = Place(app=row.app, repo=row.repo, stage=row.stage, role=row.role, file=row.file, image=row.image)
        places[row.place_id] = place
    use = ImageUse(place=place, tag=row.tag, digest=row.digest, line=row.line, known_from=KnownFrom(row.known_from))
    return KnownUse(use=use, since=row.first_seen, last_seen=row.last_seen, ended_at=row.ended_at)
