"""The bases of the fleet, as the ledger knows them: no token, no network."""

from contextlib import closing

from bot.ledger.ledger import Ledger
from bot.model.fleet_bases import FleetBases
from bot.pipeline.fleet_bases import fleet_bases
from bot.settings import Settings
from bot.wiring.clients import Now, utc_now


def bases(settings: Settings, *, now: Now = utc_now) -> FleetBases:
    """What the fleet stands on. Raises DatabaseError."""
    with closing(Ledger.open(settings.ledger_url)) as ledger:
        return fleet_bases(ledger, settings.catalogue, now=now())
