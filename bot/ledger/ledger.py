"""The ledger: what this bot saw, and when it saw it first. Append-only; every clock of the bot is read from it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Final, Self

from bot.clients.database import Database
from bot.ledger.base_fixes import BaseFixes
from bot.ledger.base_looks import BaseLooks
from bot.ledger.bases import Bases
from bot.ledger.contents import ContentsIndex
from bot.ledger.events import Events
from bot.ledger.images import Images
from bot.ledger.known_lineages import KnownLineages
from bot.ledger.last_times import LastTimes
from bot.ledger.layers import Layers
from bot.ledger.provenances import Provenances
from bot.ledger.rebuilds import Rebuilds
from bot.ledger.sightings import Sightings
from bot.ledger.step_holes import StepHoles
from bot.ledger.uses import ImageUses
from bot.model.secret import Secret
from bot.model.shard import Shard

MIGRATIONS: Final = "bot.ledger:migrations"


class Ledger:
    """The record, subject by subject. Raises bot.clients.database.DatabaseError."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database
        self.sightings: Final = Sightings(database)
        self.images: Final = Images(database)
        self.bases: Final = Bases(database)
        self.known_lineages: Final = KnownLineages(database)
        self.provenances: Final = Provenances(database)
        self.layers: Final = Layers(database)
        self.contents: Final = ContentsIndex(database)
        self.uses: Final = ImageUses(database)
        self.step_holes: Final = StepHoles(database)
        self.base_fixes: Final = BaseFixes(database)
        self.base_looks: Final = BaseLooks(database)
        self.events: Final = Events(database)
        self.rebuilds: Final = Rebuilds(database)
        self.last_times: Final = LastTimes(database)

    @classmethod
    def open(cls, url: Secret | str) -> Self:
        """The ledger at a database's URL, its tables brought up to date; `sqlite://` is one in memory."""
        return cls(Database(url, migrations=MIGRATIONS))

    def turn(self, *, longest: timedelta, waiting: Callable[[str], None], shard: Shard | None = None) -> AbstractContextManager[None]:
        """Of all runs that write to this ledger one is at work at a time; the shards of one run may be so together (`Database.turn`)."""
        return self._database.turn(longest=longest, waiting=waiting, shard=shard)

    def is_new(self) -> bool:
        """Whether nothing was ever watched: no run is known."""
        return not self.sightings.knows_any()

    def copy_to(self, file: Path) -> None:
        """A copy of the ledger as it is now, where it is a file; one on a server is the same for all and needs none."""
        self._database.copy_to(file)

    def close(self) -> None:
        self._database.close()

    @property
    def database(self) -> Database:
        """Where it is kept; for `bot.ledger.merge`, which has no other business with it than one transaction."""
        return self._database
