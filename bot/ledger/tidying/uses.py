"""Images that were in use, and the places where they were."""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any

from sqlalchemy import Connection, select, update

from bot.ledger.last_times import USES_FROM
from bot.ledger.tables import IMAGE_PLACES, IMAGE_USES, LAST_TIMES
from bot.ledger.tidying.work import Work


def tidy_uses(work: Work) -> None:
    """Uses that ended before a day go, and it is remembered that of earlier days not all is known."""
    first_day = datetime.combine((work.now - work.keep.uses).date(), time(), UTC)

    def remember(connection: Connection, _: Sequence[Any]) -> None:
        work.database.insert_new(connection, LAST_TIMES, [{"what": USES_FROM, "at": first_day}])
        same = (LAST_TIMES.c.what == USES_FROM, LAST_TIMES.c.at < first_day)
        connection.execute(update(LAST_TIMES).where(*same).values(at=first_day))

    work.sweep(IMAGE_USES.c.id, select(IMAGE_USES.c.id).where(IMAGE_USES.c.ended_at < first_day), before=remember)
    used = select(IMAGE_USES.c.id).where(IMAGE_USES.c.place_id == IMAGE_PLACES.c.id).exists()
    work.sweep(IMAGE_PLACES.c.id, select(IMAGE_PLACES.c.id).where(~used))
