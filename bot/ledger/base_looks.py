"""What runs found in bases: so that they can be compared on a day on which nobody opens them."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import delete, select

from bot.clients.database import Database, in_parts
from bot.ledger.package_rows import kept
from bot.ledger.tables import BASE_LOOKS
from bot.model.base_look import BaseLook

_MAX_HOLES: Final = 5_000


class BaseLooks:
    """Reads and writes looks. Each call is one transaction and safe to make twice. Raises DatabaseError."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database

    def record(self, looks: Iterable[BaseLook]) -> None:
        """Remember what was found, in the place of what was; what is the same but for its time is written once a day."""
        new = {look.digest: look for look in looks}
        before = self.of(new)
        rows = [_row(look) for digest, look in sorted(new.items()) if digest not in before or _is_news(before[digest], look)]
        if not rows:
            return
        with self._database.writing() as connection:
            for part in in_parts([row["digest"] for row in rows]):
                connection.execute(delete(BASE_LOOKS).where(BASE_LOOKS.c.digest.in_(part)))
            self._database.insert_new(connection, BASE_LOOKS, rows)

    def of(self, digests: Iterable[str]) -> dict[str, BaseLook]:
        """The last look at each of them, by digest; those that were never looked at are left out."""
        found: dict[str, BaseLook] = {}
        with self._database.reading() as connection:
            for part in in_parts(sorted(set(digests))):
                for row in connection.execute(select(BASE_LOOKS).where(BASE_LOOKS.c.digest.in_(part))):
                    found[row.digest] = _look(row.digest, row.record, row.at)
        return found


def _is_news(before: BaseLook, now: BaseLook) -> bool:
    return before.at.date() != now.at.date() or _told(before) != _told(now)


def _told(look: BaseLook) -> dict[str, Any]:
    holes = dict(sorted(look.holes.items())[:_MAX_HOLES])
    return {
        "system": kept(look.system),
        "ends": look.ends.isoformat() if look.ends else None,
        "built_at": look.built_at.isoformat() if look.built_at else None,
        "holes": {kept(name): kept(severity) for name, severity in holes.items()},
        "is_whole": look.is_whole and len(look.holes) <= _MAX_HOLES,
    }


def _row(look: BaseLook) -> dict[str, Any]:
    day = look.at.replace(hour=0, minute=0, second=0, microsecond=0)
    return {"digest": look.digest, "record": json.dumps(_told(look), sort_keys=True), "at": day}


def _look(digest: str, record: str, at: datetime) -> BaseLook:
    told = json.loads(record)
    return BaseLook(
        digest=digest,
        system=told["system"],
        ends=date.fromisoformat(told["ends"]) if told["ends"] else None,
        built_at=datetime.fromisoformat(told["built_at"]) if told["built_at"] else None,
        holes=told["holes"],
        is_whole=told["is_whole"],
        at=at,
    )
