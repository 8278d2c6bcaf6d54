"""Who says to have built an image, by its provenance: kept as it was first heard, for what is attached later may be anybody's."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Final

from sqlalchemy import select

from bot.clients.database import Database
from bot.ledger.tables import PROVENANCES
from bot.model.lineage import BuiltBy

_MOST: Final = 10
"""Of one image: foreign, and may be made up."""


class Provenances:
    """Reads and writes who built images, as claimed. Each call is one transaction and safe to make twice. Raises DatabaseError."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database

    def get(self, digest: str) -> tuple[BuiltBy, ...]:
        """As it was first heard; empty: nothing ever was."""
        with self._database.reading() as connection:
            found = connection.execute(select(PROVENANCES.c.built_by).where(PROVENANCES.c.digest == digest)).scalar_one_or_none()
        return tuple(BuiltBy(**one) for one in found or ())

    def keep(self, digest: str, built_by: Sequence[BuiltBy], now: datetime) -> None:
        """Remember it; of an image that somebody was heard of already nothing changes."""
        if built_by:
            row = {"digest": digest, "built_by": [asdict(one) for one in built_by[:_MOST]], "heard_at": now}
            with self._database.writing() as connection:
                self._database.insert_new(connection, PROVENANCES, [row])
