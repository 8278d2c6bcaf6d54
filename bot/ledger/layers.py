"""What layers tell, by their diff_id: a base that many images stand on is read once."""

from typing import Final

from sqlalchemy import delete, select

from bot.clients.database import Database
from bot.ledger.tables import LAYERS


class Layers:
    """Keeps what was read of layers, as whoever reads them packs it. Each call is one transaction. Raises DatabaseError."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database

    def get(self, diff_id: str, form: str) -> bytes | None:
        """What is kept of a layer in this form; None: nothing."""
        with self._database.reading() as connection:
            query = select(LAYERS.c.record).where(LAYERS.c.diff_id == diff_id, LAYERS.c.form == form)
            record = connection.execute(query).scalar_one_or_none()
        return None if record is None else bytes(record)

    def keep(self, diff_id: str, form: str, record: bytes) -> None:
        """Keep it, in the place of what was kept in another form."""
        with self._database.writing() as connection:
            connection.execute(delete(LAYERS).where(LAYERS.c.diff_id == diff_id, LAYERS.c.form != form))
            self._database.insert_new(connection, LAYERS, [{"diff_id": diff_id, "form": form, "record": record}])
