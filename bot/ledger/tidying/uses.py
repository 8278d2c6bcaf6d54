"""Images that were in use, and the places where they were."""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any

from sqlalchemy import Connection, select

from bot.ledger.last_times import USES_FROM
from bot.ledger.tables import IMAGE_PLACES, IMAGE_USES
from bot.ledger.tidying.work import Work


def tidy_uses(work: Work) -> None:
    """Uses that ended before a day go, and it is remembered that of earlier days not all is known."""
    first_day = datetime.combine((work.now - work.keep.uses).date(), time(), UTC)

    def remember(connection: Connection, _: Sequence[Any]) -> None:
        work.remember(connection, USES_FROM, first_day)

    work.sweep(IMAGE_USES.c.id, select(IMAGE_USES.c.id).where(IMAGE_USES.c.ended_at < first_day), before=remember)
    used = select(IMAGE_USES.c.id).where(IMAGE_USES.c.place_id == IMAGE_PLACES.c.id).exists()
    work.sweep(IMAGE_PLACES.c.id, select(IMAGE_PLACES.c.id).where(~used))
