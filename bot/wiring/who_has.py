"""Questions to the ledger: no token, no network."""

from contextlib import closing
from datetime import date

from bot.ledger.ledger import Ledger
from bot.model.holding import WhoHas
from bot.pipeline import who_has as pipeline
from bot.settings import Settings
from bot.track.wanted_package import WantedPackage
from bot.wiring.clients import Now, utc_now


def who_has(asked: str, settings: Settings, *, day: date | None = None, now: Now = utc_now) -> WhoHas:
    """Which images in use hold a package, now or on a day. Raises InvalidPackageError, DatabaseError."""
    wanted = WantedPackage.parse(asked)
    with closing(Ledger.open(settings.ledger_url)) as ledger:
        return pipeline.who_has(ledger, asked, wanted, day=day, now=now())
